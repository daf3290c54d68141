/*
 * source.h
 *		Queries that are the source of rows.
 */
#ifndef NTK_SOURCE_H
#define NTK_SOURCE_H

#include "pg/base/compat.h"

#include "executor/spi.h"

/* A plan of SPI for the query; an error unless it is a single one that only reads. */
extern SPIPlanPtr ntk_source_prepare(const char *query);

#endif
