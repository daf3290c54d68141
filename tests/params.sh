# Sourced by check.sh: the params of ntk_train in README.md, and in the view ntk_params.
#
#   params_table DATABASE        prints the table of them all in Markdown
#   readme_has_params DATABASE   whether README.md has a table with the same names

params_table() {
	printf '%s\n' '| key of `params` | values | default | |' '| --- | --- | --- | --- |'
	psql -XqAt -d "$1" -v ON_ERROR_STOP=1 <<-'SQL'
		SELECT format('| `%s` | %s | `%s`%s | %s |', name, allowed, coalesce(preset #>> '{}', 'null'),
			', of images `' || (of_images #>> '{}') || '`', comment)
		FROM ntk_params
	SQL
}

# names stand in the first column, one or more in a row
params_of_table() {
	sed -n '/^| key of `params`/,/^$/p' | tail -n +3 | cut -d '|' -f 2 | grep -o '`[a-z_]*`' | tr -d '`' | sort
}

readme_has_params() {
	diff <(params_of_table <"$root/README.md") <(params_table "$1" | params_of_table)
}
