/*
 * fit.h
 *		Fitting ridge models to a statistic, for one lambda after another.
 */
#ifndef NTK_FIT_H
#define NTK_FIT_H

#include "pg/types/type_model.h"

typedef struct NtkFit
{
	const NtkGramView *gram;
	ntk_gram	sums;			/* of features: those of gram, or whitened */
	bool		with_posterior; /* a model is to have one */
	bool		whitens;
	ntk_rfp		whitening;		/* folds weights back if so */
	ntk_ridge	ridge;			/* the last solution, of features */
	double	   *factor;			/* its Cholesky factor */
} NtkFit;

/* Whether the statistic's sums are of columns rather than features; those of features, copied. */
extern bool ntk_gram_whitens(const NtkGramView *gram);
extern ntk_gram ntk_gram_whitened(const NtkGramView *gram, ntk_rfp *whitening);

/* Refuses a lambda that is negative or not finite. */
extern void ntk_check_lambda(double lambda);

/* Ready to fit; the statistic has rows, and memory suffices. */
extern NtkFit *ntk_fit_begin(const NtkGramView *gram, bool with_posterior);

/* Solves for a lambda into fit->ridge: NTK_OK, NTK_NOT_POSITIVE or NTK_OVERFLOW. */
extern ntk_status ntk_fit_solve(NtkFit *fit, double lambda);

/* What the last solution says of columns rather than features: its weights are a copy. */
extern ntk_ridge ntk_fit_folded(const NtkFit *fit);

/* Its mean squared error, mean over targets: on the rows fitted on, or on others. */
extern double ntk_fit_train_error(const NtkFit *fit);
extern double ntk_fit_error(const NtkFit *fit, const NtkGramView *other);

/* Effective degrees of freedom of the last solution, tr(G_c (G_c + r I)^-1). */
extern double ntk_fit_df(const NtkFit *fit);

/* The model for a lambda; an error if there is none. */
extern NtkModelValue *ntk_fit_model(NtkFit *fit, double lambda);

/*
 * The same for the next larger lambda, by factors of 10, for which there is one. Where rows were
 * subtracted a larger one is no remedy: an error may say that they had not been added.
 */
extern NtkModelValue *ntk_fit_model_from(NtkFit *fit, double lambda);

extern void ntk_fit_end(NtkFit *fit);

#endif
