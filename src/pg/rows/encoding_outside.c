/*
 * encoding_outside.c
 *		Values outside what an encoding has seen: how many, and the notice of them.
 */
#include "pg/rows/parsed_encoding.h"

#include "access/xact.h"
#include "lib/stringinfo.h"

int64
ntk_encoding_outside(const NtkEncoding *encoding, int i)
{
	return encoding->outside[i].count;
}

static void
encoding_describe_outside(const NtkEncodingColumn *column, int64 count, StringInfo detail)
{
	if (detail->len > 0)
		appendStringInfoChar(detail, ' ');
	if (column->kind == NTK_KIND_CATEGORY)
		appendStringInfo(detail, "Column \"%s\": %lld of no known level.", column->name,
						 (long long) count);
	else
		appendStringInfo(detail, "Column \"%s\": %lld beyond %g to %g, taken as its ends.",
						 column->name, (long long) count, column->number->low,
						 column->number->high);
}

void
ntk_encoding_tell_outside(const NtkEncoding *encoding)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	int64		total = 0;
	StringInfoData detail;

	for (int i = 0; i < encoding->n; i++)
		total += encoding->outside[i].far - encoding->outside[i].told;
	if (total == 0)
		return;
	initStringInfo(&detail);
	for (int i = 0; i < encoding->n; i++)
	{
		NtkEncodingOutside *outside = &encoding->outside[i];

		if (outside->far > outside->told)
			encoding_describe_outside(&encoding->columns[i], outside->far - outside->told, &detail);
		outside->told = outside->far;
	}
	if (*encoding->told_at != statement)
		ereport(NOTICE,
				(errmsg_plural("%lld value lies far outside what training has seen",
							   "%lld values lie far outside what training has seen",
							   (unsigned long) total, (long long) total),
				 errdetail_internal("%s", detail.data)));
	*encoding->told_at = statement;
	pfree(detail.data);
}
