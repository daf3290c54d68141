/*
 * prepared_map.h
 *		A feature map drawn and ready for rows.
 */
#ifndef NTK_PREPARED_MAP_H
#define NTK_PREPARED_MAP_H

#include "pg/base/array_input.h"
#include "pg/types/cache.h"
#include "pg/types/type_map.h"

typedef struct NtkPreparedMap
{
	const NtkMapValue *value;
	ntk_map		map;
	MemoryContext context;		/* all this lives in */
	void	   *workspace;
	double	   *factor;			/* of ntk_map_factor, made at its first use */
	double	   *values;			/* of the row being read ... */
	int		   *indices;		/* ... if it is sparse ... */
	int			room;			/* ... and has no more entries than this */
} NtkPreparedMap;

/* The NtkPrepare of maps. */
extern void *ntk_map_prepare(const NtkValue *value);

/*
 * Rows as the map works on them: row: [prepared->map.row_length]. One of the wrong length (whose names who expects another) or with wrong
 * elements is an error. An index counts from 1; indices come in any order, and values of
 * equal ones are added.
 */
extern void ntk_map_read_datum(NtkPreparedMap *prepared, Datum x, NtkRowForm form,
							   const char *whose, double *row);
extern void ntk_map_read_arrays(NtkPreparedMap *prepared, ArrayType *indices, ArrayType *values,
								double *row);

/*
 * Outputs of n rows, z: [n][n_components]; errors where the mathematics reports them.
 * Columns are what statistics are summed of and models apply to; features have inner
 * products that are the kernel. They differ for a map that whitens.
 */
extern void ntk_map_columns(const NtkPreparedMap *prepared, const double *rows, int n, float *z);
extern void ntk_map_features(NtkPreparedMap *prepared, const double *rows, int n, float *z);

/* The factor L that whitens columns, rectangular full packed; made at its first use. */
extern const double *ntk_map_whitening(NtkPreparedMap *prepared);

#endif
