SELECT convert_to((('{"kinds":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"key":'::text || (coalesce(to_json(t0."key")::text, 'null') || ',"label":'::text)) || ((CASE WHEN t0."key" = $1::text THEN $2::text WHEN t0."key" = $3::text THEN $4::text WHEN t0."key" = $5::text THEN $6::text WHEN t0."key" = $7::text THEN $8::text WHEN t0."key" = $9::text THEN $10::text WHEN t0."key" = $11::text THEN $12::text WHEN t0."key" = $13::text THEN $14::text WHEN t0."key" = $15::text THEN $16::text WHEN t0."key" = $17::text THEN $18::text WHEN t0."key" = $19::text THEN $20::text ELSE 'null'::text END || ',"count":'::text) || (coalesce(to_json(t0."count")::text, 'null') || '}'::text))), ',' ORDER BY t0."count" DESC, t0."key"), '') || ']'::text))
FROM (SELECT t1."kind" AS key, count(*) AS "count"
FROM "agreement" t1
WHERE t1."retracted_at" IS NULL GROUP BY 1) t0
WHERE true)) || (',"taipei":'::text || ((SELECT ('['::text || (coalesce(string_agg((('{"key":'::text || coalesce(to_json(t2."key")::text, 'null')) || (',"count":'::text || (coalesce(to_json(t2."count")::text, 'null') || '}'::text))), ',' ORDER BY t2."key"), '') || ']'::text))
FROM (SELECT coalesce(left(t3."signed_on", 4), $21::text) AS key, count(*) AS "count"
FROM "agreement" t3
WHERE (t3."retracted_at" IS NULL) AND (EXISTS (SELECT
FROM "agreement_party" t4
WHERE (t4."agreement_id" = t3."id") AND (EXISTS (SELECT
FROM "city" t5
WHERE (t5."id" = t4."city_id") AND (t5."name_folded" = $22::text))))) GROUP BY 1) t2
WHERE true) || '}'::text))), 'UTF8')
-- $1: 'SISTER_CITY'
-- $2: '"Sister city"'
-- $3: 'FRIENDSHIP_CITY'
-- $4: '"Friendship city"'
-- $5: 'COOPERATION'
-- $6: '"Cooperation"'
-- $7: 'MEMORANDUM_OF_UNDERSTANDING'
-- $8: '"Memorandum of understanding"'
-- $9: 'LETTER_OF_INTENT'
-- $10: '"Letter of intent"'
-- $11: 'REAFFIRMATION'
-- $12: '"Reaffirmation"'
-- $13: 'JOINT_DECLARATION'
-- $14: '"Joint declaration"'
-- $15: 'PROJECT'
-- $16: '"Project"'
-- $17: 'SCHOOL_PARTNERSHIP'
-- $18: '"School partnership"'
-- $19: 'OTHER'
-- $20: '"Other"'
-- $21: 'unknown'
-- $22: 'taipei'
