/*
 * asan_nls.c
 *		Loaded into the server together with AddressSanitizer, whose start leaves glibc's lock of
 *		message catalogs taken: the server would wait for it for ever. Messages stay English.
 */

char	   *bindtextdomain(const char *domain, const char *directory);
char	   *textdomain(const char *domain);

char *
bindtextdomain(const char *domain, const char *directory)
{
	(void) domain;
	return (char *) directory;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}
