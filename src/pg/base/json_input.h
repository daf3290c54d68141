/*
 * json_input.h
 *		Reading JSON objects whose keys are known.
 *
 * Values of the wrong type are errors that name the key.
 */
#ifndef NTK_JSON_INPUT_H
#define NTK_JSON_INPUT_H

#include "pg/base/compat.h"

#include "utils/jsonb.h"

typedef void (*NtkJsonTake) (const char *key, const JsonbValue *value, void *argument);

/* Calls take(key, value, argument) for every pair; where names the object in errors. */
extern void ntk_json_each(JsonbContainer *object, const char *where, NtkJsonTake take,
						  void *argument);

/* For take: the key is not one of the known ones. */
extern void ntk_json_refuse_key(const char *where, const char *key, const char *known);

extern double ntk_json_number(const char *key, const JsonbValue *value);
extern int64 ntk_json_integer(const char *key, const JsonbValue *value);
extern bool ntk_json_boolean(const char *key, const JsonbValue *value);
extern char *ntk_json_string(const char *key, const JsonbValue *value);

/* A number rounded once to a real; infinite if it is too large for one. */
extern float ntk_json_real(const char *key, const JsonbValue *value);

/* How many elements an array has, and where; any other value counts as its only element. */
extern int	ntk_json_array(const JsonbValue *value, JsonbValue **elements);

/* An integer saturated to an int, so that it cannot wrap into a range checked later. */
extern int	ntk_json_int(const char *key, const JsonbValue *value);

#endif
