/*
 * json_object.c
 *		What stands at the keys of an object of JSON.
 */
#include "pg/base/json_object.h"

#include "pg/base/json_input.h"
#include "pg/base/module.h"

static bool
json_is_listed(const char *list, const char *key)
{
	size_t		length = strlen(key);

	while (list)
	{
		if (strncmp(list, key, length) == 0 && (list[length] == ',' || list[length] == '\0'))
			return strchr(key, ',') == NULL;
		list = strstr(list, ", ");
		if (list)
			list += 2;
	}
	return false;
}

static void
json_check_key(const char *key, const JsonbValue *value pg_attribute_unused(), void *argument)
{
	const NtkJsonObject *object = argument;

	if (!json_is_listed(object->known, key))
		ntk_json_refuse_key(object->where, key, object->known);
}

void
ntk_json_check_keys(NtkJsonObject *object)
{
	ntk_json_each(object->container, object->where, json_check_key, object);
}

JsonbValue *
ntk_json_find(const NtkJsonObject *object, const char *key)
{
	return getKeyJsonValueFromContainer(object->container, key, strlen(key), NULL);
}

JsonbValue *
ntk_json_get(const NtkJsonObject *object, const char *key)
{
	JsonbValue *value = ntk_json_find(object, key);

	if (!value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no %s", object->where, key)));
	return value;
}

char *
ntk_json_call(const NtkJsonObject *object, const char *key)
{
	return psprintf("%s of %s", key, object->where);
}

bool
ntk_json_get_flag(const NtkJsonObject *object, const char *key)
{
	JsonbValue *value = ntk_json_find(object, key);

	return value && ntk_json_boolean(ntk_json_call(object, key), value);
}

double
ntk_json_get_number(const NtkJsonObject *object, const char *key)
{
	return ntk_json_number(ntk_json_call(object, key), ntk_json_get(object, key));
}

int
ntk_json_get_choice(const NtkJsonObject *object, const char *key, bool may_be_absent,
					const char *const *names, int n)
{
	JsonbValue *value = may_be_absent ? ntk_json_find(object, key) : ntk_json_get(object, key);
	char	   *what;

	if (!value)
		return 0;
	what = ntk_json_call(object, key);
	return ntk_name_index(psprintf("%s:", what), ntk_json_string(what, value), names, n);
}

int
ntk_json_get_array(const NtkJsonObject *object, const char *key, JsonbContainer **array)
{
	JsonbValue *value = ntk_json_get(object, key);

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", ntk_json_call(object, key))));
	*array = value->val.binary.data;
	return JsonContainerSize(*array);
}

void
ntk_json_each_element(JsonbContainer *array, NtkJsonTakeElement take, void *argument)
{
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			i = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			take(i++, &value, argument);
}

typedef struct JsonAscent
{
	const char *what;
	bool		strictly;
	double	   *numbers;
} JsonAscent;

static void
json_take_ascending(int i, JsonbValue *value, void *argument)
{
	const JsonAscent *ascent = argument;
	char	   *what = psprintf("element %d of %s", i + 1, ascent->what);
	double		number = ntk_json_number(what, value);

	ascent->numbers[i] = number;
	if (i > 0 && !(number > ascent->numbers[i - 1]) &&
		(ascent->strictly || number != ascent->numbers[i - 1]))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is %g, after %g: it must be %s", what, number, ascent->numbers[i - 1],
						ascent->strictly ? "larger" : "at least as large")));
	pfree(what);
}

int
ntk_json_get_ascending(const NtkJsonObject *object, const char *key, bool strictly, int most,
					   double **numbers)
{
	JsonbContainer *array;
	JsonAscent	ascent = {.what = ntk_json_call(object, key),.strictly = strictly};
	int			n = ntk_json_get_array(object, key, &array);

	ntk_check_range(psprintf("the length of %s", ascent.what), n, 2, most);
	*numbers = ascent.numbers = palloc(sizeof(double) * n);
	ntk_json_each_element(array, json_take_ascending, &ascent);
	return n;
}
