/*
 * json_input.c
 *		Reading JSON objects whose keys are known.
 */
#include "pg/base/json_input.h"

#include <limits.h>
#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

static Datum
json_numeric(const char *key, const JsonbValue *value)
{
	if (value->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be a number", key)));
	return NumericGetDatum(value->val.numeric);
}

double
ntk_json_number(const char *key, const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, json_numeric(key, value)));
}

float
ntk_json_real(const char *key, const JsonbValue *value)
{
	float		rough = (float) ntk_json_number(key, value);

	/* by way of double precision it would be rounded twice */
	if (rough == 0 || isinf(rough))
		return rough + 0.0f;
	return DatumGetFloat4(DirectFunctionCall1(numeric_float4, json_numeric(key, value)));
}

int64
ntk_json_integer(const char *key, const JsonbValue *value)
{
	Datum		number = json_numeric(key, value);
	Datum		whole = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));

	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an integer, not %s", key,
						DatumGetCString(DirectFunctionCall1(numeric_out, number)))));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

bool
ntk_json_boolean(const char *key, const JsonbValue *value)
{
	if (value->type != jbvBool)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be true or false", key)));
	return value->val.boolean;
}

char *
ntk_json_string(const char *key, const JsonbValue *value)
{
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be a string", key)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

int
ntk_json_array(const JsonbValue *value, JsonbValue **elements)
{
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;
	int			n;

	if (!array || !JsonContainerIsArray(array))
	{
		*elements = palloc(sizeof(JsonbValue));
		**elements = *value;
		return 1;
	}
	n = JsonContainerSize(array);
	*elements = palloc(sizeof(JsonbValue) * n);
	for (int i = 0; i < n; i++)
		(*elements)[i] = *getIthJsonbValueFromContainer(array, i);
	return n;
}

int
ntk_json_int(const char *key, const JsonbValue *value)
{
	int64		number = ntk_json_integer(key, value);

	return number > INT_MAX ? INT_MAX : number < INT_MIN ? INT_MIN : (int) number;
}

void
ntk_json_refuse_key(const char *where, const char *key, const char *known)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown key \"%s\" in %s", key, where), errhint("Known: %s.", known)));
}

void
ntk_json_each(JsonbContainer *object, const char *where, NtkJsonTake take, void *argument)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *key = NULL;

	if (!JsonContainerIsObject(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", where)));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			take(key, &value, argument);
	}
}
