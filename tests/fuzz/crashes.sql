-- Inputs that have crashed a server, each the smallest of its kind, and what is right instead.
-- Those that still do are comments. They are run with the database of seeds.sql.

-- The map in a statistic has a length word that says that it is out of line. It is to be refused.
-- (Its size is right: VARSIZE does not look at the two bits that tell such values apart.)
-- select ntk_fingerprint(ntk_feature_map('AgEAAAAAAAAAAAAAAgAAAAEAAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAA+H+AAAAAAAAAAAECAAABAQAAILQGbKk47ZoEAAAAAwAAAAIAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAIA/AAAAAAAAAAAAAAAAAAAIQAAAAAAAABhAAAAAAAAAGEAAAAAAAAAsQAAAAIza4CVAAAAAfGwz8T8AAABuHn45QAAAAIwttvw/1Fn9hJHK3D+Chgh9xzVHQND8okqYOApApotTyw=='::ntk_gram));
