/*
 * encoding_options.h
 *		What the aggregate ntk_encoding is asked for.
 *
 *		{"scale": "standard" | "auto" | "clip" | "quantile" | "asinh", "bins": 0 | "auto",
 *		 "nan": "error" | "missing", "outside": "keep" | "clip"}
 */
#ifndef NTK_ENCODING_OPTIONS_H
#define NTK_ENCODING_OPTIONS_H

#include "pg/base/compat.h"

#include "utils/jsonb.h"

#include "core/regression/column_scale.h"

#define NTK_SCALING_AUTO NTK_SCALINGS
#define NTK_BINS_AUTO -1

typedef struct NtkEncodingOptions
{
	int			scaling;		/* an ntk_scaling, or NTK_SCALING_AUTO */
	int			bins;			/* or NTK_BINS_AUTO */
	bool		nan_is_missing;
	bool		clips;			/* to the range that was seen */
} NtkEncodingOptions;

/* NULL: those by default. An option that is unknown or out of its range is an error. */
extern NtkEncodingOptions ntk_encoding_options(Jsonb *options);

/* Whether they take a sample of the numbers. */
extern bool ntk_encoding_options_sample(const NtkEncodingOptions *options);

#endif
