/*
 * json_object.h
 *		What stands at the keys of an object of JSON.
 *
 * Errors name the key and the object. What is returned is in the current memory context.
 */
#ifndef NTK_JSON_OBJECT_H
#define NTK_JSON_OBJECT_H

#include "pg/base/compat.h"

#include "utils/jsonb.h"

/* an object, what errors call it, and the keys it may have, separated by ", " */
typedef struct NtkJsonObject
{
	JsonbContainer *container;
	const char *where;
	const char *known;
} NtkJsonObject;

/* A key that is not known is an error. */
extern void ntk_json_check_keys(NtkJsonObject *object);

/* How errors call the value of a key. */
extern char *ntk_json_call(const NtkJsonObject *object, const char *key);

/* The value of a key. Absent: NULL, or an error. */
extern JsonbValue *ntk_json_find(const NtkJsonObject *object, const char *key);
extern JsonbValue *ntk_json_get(const NtkJsonObject *object, const char *key);

/* A boolean; absent: false. */
extern bool ntk_json_get_flag(const NtkJsonObject *object, const char *key);

extern double ntk_json_get_number(const NtkJsonObject *object, const char *key);

/* The place of the value among names. Absent: the first if it may be, or an error. */
extern int	ntk_json_get_choice(const NtkJsonObject *object, const char *key, bool may_be_absent,
								const char *const *names, int n);

/* An array; returns the number of its elements. */
extern int	ntk_json_get_array(const NtkJsonObject *object, const char *key,
							   JsonbContainer **array);

typedef void (*NtkJsonTakeElement) (int i, JsonbValue *value, void *argument);

/* Calls take(i, value, argument) for every element of an array, i from 0. */
extern void ntk_json_each_element(JsonbContainer *array, NtkJsonTakeElement take, void *argument);

/* An array of 2 to most numbers that ascend, strictly or not; returns how many. */
extern int	ntk_json_get_ascending(const NtkJsonObject *object, const char *key, bool strictly,
								   int most, double **numbers);

#endif
