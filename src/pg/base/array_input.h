/*
 * array_input.h
 *		Rows of numbers from SQL arrays.
 */
#ifndef NTK_ARRAY_INPUT_H
#define NTK_ARRAY_INPUT_H

#include "pg/base/compat.h"

#include "utils/array.h"

/* Refuses a NULL in an array of any number of dimensions. */
extern void ntk_array_refuse_nulls(ArrayType *array, const char *name);

/*
 * The number of elements of a row given as an array: one dimension, at least one
 * element, no NULL. name is the argument's, for the errors.
 */
extern int	ntk_array_length(ArrayType *array, const char *name);

/* The same, and it may be empty. */
extern int	ntk_array_count(ArrayType *array, const char *name);

/* Refuses an array that has not the wanted length; whose names what expects it. */
extern void ntk_array_check_length(const char *name, int length, const char *whose,
								   int wanted);

/* The bytes, of which there must be n, into out. */
extern void ntk_bytes_read(bytea *bytes, const char *name, const char *whose, int n,
						   double *out);

/* A result; an error if it is not finite. what it is, for the error: "the prediction". */
extern double ntk_finite_result(double result, const char *what);

/*
 * The elements times scale into out. Elements that are no numbers are an error; so is an
 * infinity or a NaN, with its position.
 */
extern void ntk_array_read(ArrayType *array, const char *name, double scale, double *out);

/*
 * How a row is passed. Functions of one row have a form for text because PostgreSQL takes a
 * literal without a type, or such a parameter, for text where there is one, and otherwise
 * cannot choose among the forms.
 */
typedef enum NtkRowForm
{
	NTK_ROW_ARRAY,				/* of numbers of any type */
	NTK_ROW_BYTES,				/* bytea: numbers from 0 to 255 */
	NTK_ROW_TEXT				/* an array of double precision, written as text */
} NtkRowForm;

/* The form that the function that is called declares an argument to have. */
extern NtkRowForm ntk_row_form(FunctionCallInfo fcinfo, int argument);

/* The same, looked up once per call site; for functions that leave fn_extra alone. */
extern NtkRowForm ntk_row_form_kept(FunctionCallInfo fcinfo, int argument);

/* The array of a row that is no bytea; name is the argument's, for the errors. */
extern ArrayType *ntk_row_array(Datum row, NtkRowForm form, const char *name);

/* The same of a text. */
extern ArrayType *ntk_array_from_text(text *literal, const char *name);

/* The numbers of a row: n of them, as whose expects. */
extern void ntk_numbers_read(Datum row, NtkRowForm form, const char *name, const char *whose,
							 int n, double *out);

/* Refuses a NaN or an infinity in a scalar argument. */
extern void ntk_check_finite(double value, const char *name);

/*
 * The weight of a row, or 1 if argument is 0: the function has none. hint may be NULL; it says
 * what to do instead of giving a negative weight.
 */
extern double ntk_weight_argument(FunctionCallInfo fcinfo, int argument, const char *hint);

/*
 * A new array of zeros of a type real or double precision, [rows], or [rows][columns] for
 * columns > 0. what it is, and a hint or NULL: for the error if it is too large.
 */
extern ArrayType *ntk_array_zeros(Oid type, Size rows, int columns, const char *what,
								  const char *hint);

/* A new float8[] (float8[][] for columns > 0, row-major) with these elements. */
extern ArrayType *ntk_array_make(const double *values, int rows, int columns);

#endif
