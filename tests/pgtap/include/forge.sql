-- The bytes of a value: at 0 type, version, two reserved; at 4 the fingerprint; at 12 what it
-- says; at the end a CRC-32C.
CREATE FUNCTION checksum_of(bytes bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	crc bigint := 4294967295;
BEGIN
	FOR i IN 0 .. length(bytes) - 1 LOOP
		crc := crc # get_byte(bytes, i);
		FOR bit IN 1..8 LOOP
			crc := (crc >> 1) # (CASE WHEN crc & 1 = 1 THEN x'82f63b78'::bigint ELSE 0 END);
		END LOOP;
	END LOOP;
	crc := crc # 4294967295;
	RETURN set_byte(set_byte(set_byte(set_byte('\x00000000', 0, (crc & 255)::int), 1, (crc >> 8 & 255)::int), 2, (crc >> 16 & 255)::int), 3, (crc >> 24)::int);
END $$;
-- with other bytes at a place, and a checksum (and a fingerprint) that fits them
CREATE FUNCTION forge(value bytea, place int, patch bytea, sealed bool = false) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	body bytea := overlay(substring(value FOR length(value) - 4) PLACING patch FROM place + 1);
BEGIN
	IF sealed THEN
		body := overlay(body PLACING substring(sha256(substring(body FOR 4) || substring(body FROM 13)) FOR 8) FROM 5);
	END IF;
	RETURN body || checksum_of(body);
END $$;
