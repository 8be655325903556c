SELECT convert_to((('{"person":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg(CASE WHEN t0."kind" = $1::integer THEN coalesce((SELECT ('{"__typename":'::text || ($2::text || '}'::text))
FROM "city" t1
WHERE t1."id" = t0."id"), 'null') WHEN t0."kind" = $3::integer THEN coalesce((SELECT ('{"__typename":'::text || ($4::text || '}'::text))
FROM "organization" t2
WHERE t2."id" = t0."id"), 'null') WHEN t0."kind" = $5::integer THEN coalesce((SELECT (('{"__typename":'::text || $6::text) || (',"name":'::text || (to_json(t3."name")::text || '}'::text)))
FROM "person" t3
WHERE t3."id" = t0."id"), 'null') WHEN t0."kind" = $7::integer THEN coalesce((SELECT ('{"__typename":'::text || ($8::text || '}'::text))
FROM "agreement" t4
WHERE t4."id" = t0."id"), 'null') WHEN t0."kind" = $9::integer THEN coalesce((SELECT ('{"__typename":'::text || ($10::text || '}'::text))
FROM "event" t5
WHERE t5."id" = t0."id"), 'null') WHEN t0."kind" = $11::integer THEN coalesce((SELECT ('{"__typename":'::text || ($12::text || '}'::text))
FROM "delegation" t6
WHERE t6."id" = t0."id"), 'null') WHEN t0."kind" = $13::integer THEN coalesce((SELECT ('{"__typename":'::text || ($14::text || '}'::text))
FROM "programme" t7
WHERE t7."id" = t0."id"), 'null') ELSE 'null'::text END, ',' ORDER BY t0."rank", t0."label", t0."kind", t0."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t8."rank", t8."label", t8."kind", t8."id"
FROM (WITH names AS MATERIALIZED (SELECT (label <> $15::text)::int AS rank, label, kind, id
FROM ((SELECT s.folded AS label, 1 AS kind, s.subject_id AS id
FROM spelling s JOIN "city" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'cty' AND s.folded >= $15::text AND s.folded < $16::text AND (s.folded, s.subject_id) > ($15::text, '') AND left(s.subject_id, 3) = 'cty' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $15::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT s.folded AS label, 2 AS kind, s.subject_id AS id
FROM spelling s JOIN "organization" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'org' AND s.folded >= $15::text AND s.folded < $16::text AND (s.folded, s.subject_id) > ($15::text, '') AND left(s.subject_id, 3) = 'org' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $15::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT s.folded AS label, 3 AS kind, s.subject_id AS id
FROM spelling s JOIN "person" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'per' AND s.folded >= $15::text AND s.folded < $16::text AND (s.folded, s.subject_id) > ($15::text, '') AND left(s.subject_id, 3) = 'per' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $15::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT t."title_folded" AS label, 4 AS kind, t.id AS id
FROM "agreement" t
WHERE t.retracted_at IS NULL AND t."title_folded" >= $15::text AND t."title_folded" < $16::text AND (t."title_folded", t.id) > ($15::text, '') ORDER BY t."title_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 5 AS kind, t.id AS id
FROM "event" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $15::text AND t."name_folded" < $16::text AND (t."name_folded", t.id) > ($15::text, '') ORDER BY t."name_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 6 AS kind, t.id AS id
FROM "delegation" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $15::text AND t."name_folded" < $16::text AND (t."name_folded", t.id) > ($15::text, '') ORDER BY t."name_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 7 AS kind, t.id AS id
FROM "programme" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $15::text AND t."name_folded" < $16::text AND (t."name_folded", t.id) > ($15::text, '') ORDER BY t."name_folded", t.id LIMIT 20)) n ORDER BY label, kind, id LIMIT 20), words AS (SELECT 2 AS rank, label, kind, id
FROM (SELECT e.*
FROM (VALUES (1, ''), (2, ''), (3, ''), (4, ''), (5, ''), (6, ''), (7, '')) k (kind, start) CROSS JOIN LATERAL (SELECT w.word AS label, k.kind, w.id
FROM (SELECT word, subject_id AS id
FROM search_word
WHERE kind = k.kind AND NOT first AND word >= $15::text AND word < $16::text AND (word, subject_id) > ($15::text, k.start) ORDER BY word, subject_id LIMIT 5000) w CROSS JOIN LATERAL (SELECT string_agg(' ' || name, '') || ' ' AS text, bool_or(starts_with(name, $15::text)) AS begins
FROM (SELECT s.folded AS name
FROM spelling s JOIN "city" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'cty' AND k.kind = 1 AND s.subject_id = w.id
UNION ALL SELECT s.folded AS name
FROM spelling s JOIN "organization" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'org' AND k.kind = 2 AND s.subject_id = w.id
UNION ALL SELECT s.folded AS name
FROM spelling s JOIN "person" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'per' AND k.kind = 3 AND s.subject_id = w.id
UNION ALL SELECT t."title_folded" AS name
FROM "agreement" t
WHERE t.retracted_at IS NULL AND k.kind = 4 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "event" t
WHERE t.retracted_at IS NULL AND k.kind = 5 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "delegation" t
WHERE t.retracted_at IS NULL AND k.kind = 6 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "programme" t
WHERE t.retracted_at IS NULL AND k.kind = 7 AND t.id = w.id) n) m
WHERE NOT m.begins AND w.word = (SELECT min(v)
FROM unnest(string_to_array(m.text, ' ')) v
WHERE starts_with(v, $15::text)) ORDER BY w.word, w.id LIMIT 20) e) w
WHERE (SELECT count(*)
FROM names) < 20 ORDER BY label, kind, id LIMIT 20) SELECT *
FROM names
UNION ALL SELECT *
FROM words) t8
WHERE (true) ORDER BY t8."rank", t8."label", t8."kind", t8."id" LIMIT 20) t0 GROUP BY ()) || ',"native":'::text)) || (((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg(CASE WHEN t9."kind" = $17::integer THEN coalesce((SELECT '{}'::text
FROM "city" t10
WHERE t10."id" = t9."id"), 'null') WHEN t9."kind" = $18::integer THEN coalesce((SELECT '{}'::text
FROM "organization" t11
WHERE t11."id" = t9."id"), 'null') WHEN t9."kind" = $19::integer THEN coalesce((SELECT (('{"name":'::text || to_json(t12."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t12."native_name")::text, 'null') || '}'::text)))
FROM "person" t12
WHERE t12."id" = t9."id"), 'null') WHEN t9."kind" = $20::integer THEN coalesce((SELECT '{}'::text
FROM "agreement" t13
WHERE t13."id" = t9."id"), 'null') WHEN t9."kind" = $21::integer THEN coalesce((SELECT '{}'::text
FROM "event" t14
WHERE t14."id" = t9."id"), 'null') WHEN t9."kind" = $22::integer THEN coalesce((SELECT '{}'::text
FROM "delegation" t15
WHERE t15."id" = t9."id"), 'null') WHEN t9."kind" = $23::integer THEN coalesce((SELECT '{}'::text
FROM "programme" t16
WHERE t16."id" = t9."id"), 'null') ELSE 'null'::text END, ',' ORDER BY t9."rank", t9."label", t9."kind", t9."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t17."rank", t17."label", t17."kind", t17."id"
FROM (WITH names AS MATERIALIZED (SELECT (label <> $24::text)::int AS rank, label, kind, id
FROM ((SELECT s.folded AS label, 1 AS kind, s.subject_id AS id
FROM spelling s JOIN "city" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'cty' AND s.folded >= $24::text AND s.folded < $25::text AND (s.folded, s.subject_id) > ($24::text, '') AND left(s.subject_id, 3) = 'cty' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $24::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT s.folded AS label, 2 AS kind, s.subject_id AS id
FROM spelling s JOIN "organization" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'org' AND s.folded >= $24::text AND s.folded < $25::text AND (s.folded, s.subject_id) > ($24::text, '') AND left(s.subject_id, 3) = 'org' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $24::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT s.folded AS label, 3 AS kind, s.subject_id AS id
FROM spelling s JOIN "person" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'per' AND s.folded >= $24::text AND s.folded < $25::text AND (s.folded, s.subject_id) > ($24::text, '') AND left(s.subject_id, 3) = 'per' AND NOT EXISTS (SELECT
FROM spelling o
WHERE o.subject_id = s.subject_id AND o.folded < s.folded AND o.folded >= $24::text) ORDER BY s.folded, s.subject_id LIMIT 20)
UNION ALL (SELECT t."title_folded" AS label, 4 AS kind, t.id AS id
FROM "agreement" t
WHERE t.retracted_at IS NULL AND t."title_folded" >= $24::text AND t."title_folded" < $25::text AND (t."title_folded", t.id) > ($24::text, '') ORDER BY t."title_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 5 AS kind, t.id AS id
FROM "event" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $24::text AND t."name_folded" < $25::text AND (t."name_folded", t.id) > ($24::text, '') ORDER BY t."name_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 6 AS kind, t.id AS id
FROM "delegation" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $24::text AND t."name_folded" < $25::text AND (t."name_folded", t.id) > ($24::text, '') ORDER BY t."name_folded", t.id LIMIT 20)
UNION ALL (SELECT t."name_folded" AS label, 7 AS kind, t.id AS id
FROM "programme" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $24::text AND t."name_folded" < $25::text AND (t."name_folded", t.id) > ($24::text, '') ORDER BY t."name_folded", t.id LIMIT 20)) n ORDER BY label, kind, id LIMIT 20), words AS (SELECT 2 AS rank, label, kind, id
FROM (SELECT e.*
FROM (VALUES (1, ''), (2, ''), (3, ''), (4, ''), (5, ''), (6, ''), (7, '')) k (kind, start) CROSS JOIN LATERAL (SELECT w.word AS label, k.kind, w.id
FROM (SELECT word, subject_id AS id
FROM search_word
WHERE kind = k.kind AND NOT first AND word >= $24::text AND word < $25::text AND (word, subject_id) > ($24::text, k.start) ORDER BY word, subject_id LIMIT 5000) w CROSS JOIN LATERAL (SELECT string_agg(' ' || name, '') || ' ' AS text, bool_or(starts_with(name, $24::text)) AS begins
FROM (SELECT s.folded AS name
FROM spelling s JOIN "city" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'cty' AND k.kind = 1 AND s.subject_id = w.id
UNION ALL SELECT s.folded AS name
FROM spelling s JOIN "organization" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'org' AND k.kind = 2 AND s.subject_id = w.id
UNION ALL SELECT s.folded AS name
FROM spelling s JOIN "person" t ON t.id = s.subject_id
WHERE t.retracted_at IS NULL AND t.merged_into_id IS NULL AND left(s.subject_id, 3) = 'per' AND k.kind = 3 AND s.subject_id = w.id
UNION ALL SELECT t."title_folded" AS name
FROM "agreement" t
WHERE t.retracted_at IS NULL AND k.kind = 4 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "event" t
WHERE t.retracted_at IS NULL AND k.kind = 5 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "delegation" t
WHERE t.retracted_at IS NULL AND k.kind = 6 AND t.id = w.id
UNION ALL SELECT t."name_folded" AS name
FROM "programme" t
WHERE t.retracted_at IS NULL AND k.kind = 7 AND t.id = w.id) n) m
WHERE NOT m.begins AND w.word = (SELECT min(v)
FROM unnest(string_to_array(m.text, ' ')) v
WHERE starts_with(v, $24::text)) ORDER BY w.word, w.id LIMIT 20) e) w
WHERE (SELECT count(*)
FROM names) < 20 ORDER BY label, kind, id LIMIT 20) SELECT *
FROM names
UNION ALL SELECT *
FROM words) t17
WHERE (true) ORDER BY t17."rank", t17."label", t17."kind", t17."id" LIMIT 20) t9 GROUP BY ()) || ',"agreements":'::text) || ((SELECT (('{"edges":'::text || ('['::text || (coalesce(string_agg(('{"node":'::text || (CASE WHEN t18."kind" = $26::integer THEN coalesce((SELECT (('{"__typename":'::text || $27::text) || (',"title":'::text || (to_json(t19."title")::text || '}'::text)))
FROM "agreement" t19
WHERE t19."id" = t18."id"), 'null') WHEN t18."kind" = $28::integer THEN coalesce((SELECT (('{"__typename":'::text || $29::text) || (',"name":'::text || (to_json(t20."name")::text || '}'::text)))
FROM "event" t20
WHERE t20."id" = t18."id"), 'null') ELSE 'null'::text END || '}'::text)), ',' ORDER BY t18.rn), '') || ']'::text))) || (',"pageInfo":'::text || (('{"hasNextPage":'::text || (((false OR coalesce(max(t18.fetched) > 3, false)))::text || '}'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY t18."rank", t18."label", t18."kind", t18."id") AS rn, count(*) OVER () AS fetched
FROM (SELECT t21."kind", t21."id", t21."rank", t21."label"
FROM (WITH names AS MATERIALIZED (SELECT (label <> $34::text)::int AS rank, label, kind, id
FROM ((SELECT t."title_folded" AS label, 4 AS kind, t.id AS id
FROM "agreement" t
WHERE t.retracted_at IS NULL AND t."title_folded" >= $34::text AND t."title_folded" < $35::text AND (t."title_folded", t.id) > ($34::text, '') ORDER BY t."title_folded", t.id LIMIT 4)
UNION ALL (SELECT t."name_folded" AS label, 5 AS kind, t.id AS id
FROM "event" t
WHERE t.retracted_at IS NULL AND t."name_folded" >= $34::text AND t."name_folded" < $35::text AND (t."name_folded", t.id) > ($34::text, '') ORDER BY t."name_folded", t.id LIMIT 4)) n ORDER BY label, kind, id LIMIT 4), words AS (SELECT 2 AS rank, label, kind, id
FROM ((WITH listed AS MATERIALIZED (SELECT k.kind, l.n, e.ids, cardinality(e.ids) AS length
FROM (VALUES (4), (5)) k (kind) CROSS JOIN (VALUES (0, $30::text, $31::text), (1, $32::text, $33::text)) l (n, low, high) CROSS JOIN LATERAL (SELECT ARRAY((SELECT subject_id
FROM search_word
WHERE kind = k.kind AND NOT first AND word >= l.low AND word < l.high ORDER BY word, subject_id LIMIT 1000)
UNION ALL (SELECT subject_id
FROM search_word
WHERE kind = k.kind AND first AND word >= l.low AND word < l.high ORDER BY word, subject_id LIMIT 1000) LIMIT 1000) AS ids OFFSET 0) e), shortest AS MATERIALIZED (SELECT DISTINCT ON (kind) kind, n
FROM listed ORDER BY kind, length, ids[length] DESC, n), candidates AS MATERIALIZED (SELECT l.kind, ARRAY(SELECT u.id
FROM listed o, unnest(o.ids) u (id)
WHERE o.kind = l.kind AND (o.n = l.n OR o.length < 1000) GROUP BY 1 HAVING count(DISTINCT o.n) = (SELECT count(*)
FROM listed o
WHERE o.kind = l.kind AND (o.n = l.n OR o.length < 1000))) AS ids
FROM shortest l) (SELECT '' AS label, 4 AS kind, i.id
FROM (SELECT u.id
FROM candidates c, unnest(c.ids) u (id)
WHERE c.kind = 4 AND u.id > '' ORDER BY 1 OFFSET 0) i CROSS JOIN "agreement" t
WHERE t.retracted_at IS NULL AND t.id = i.id AND NOT starts_with(t."title_folded", $34::text) AND strpos(' ' || t."title_folded" || ' ', ' ' || $30::text || ' ') > 0 AND strpos(' ' || t."title_folded" || ' ', ' ' || $32::text) > 0 ORDER BY i.id LIMIT 4)
UNION ALL (SELECT '' AS label, 5 AS kind, i.id
FROM (SELECT u.id
FROM candidates c, unnest(c.ids) u (id)
WHERE c.kind = 5 AND u.id > '' ORDER BY 1 OFFSET 0) i CROSS JOIN "event" t
WHERE t.retracted_at IS NULL AND t.id = i.id AND NOT starts_with(t."name_folded", $34::text) AND strpos(' ' || t."name_folded" || ' ', ' ' || $30::text || ' ') > 0 AND strpos(' ' || t."name_folded" || ' ', ' ' || $32::text) > 0 ORDER BY i.id LIMIT 4))) w
WHERE (SELECT count(*)
FROM names) < 4 ORDER BY label, kind, id LIMIT 4) SELECT *
FROM names
UNION ALL SELECT *
FROM words) t21
WHERE (true) ORDER BY t21."rank", t21."label", t21."kind", t21."id" LIMIT 4) t18) t18
WHERE t18.rn <= 3 GROUP BY ()) || '}'::text))), 'UTF8')
-- $1: 1
-- $2: '"City"'
-- $3: 2
-- $4: '"Organization"'
-- $5: 3
-- $6: '"Person"'
-- $7: 4
-- $8: '"Agreement"'
-- $9: 5
-- $10: '"Event"'
-- $11: 6
-- $12: '"Delegation"'
-- $13: 7
-- $14: '"Programme"'
-- $15: 'perparim'
-- $16: 'perparim\U0010ffff'
-- $17: 1
-- $18: 2
-- $19: 3
-- $20: 4
-- $21: 5
-- $22: 6
-- $23: 7
-- $24: '陳其邁'
-- $25: '陳其邁\U0010ffff'
-- $26: 4
-- $27: '"Agreement"'
-- $28: 5
-- $29: '"Event"'
-- $30: 'pristina'
-- $31: 'pristina!'
-- $32: 'kaoh'
-- $33: 'kaoh\U0010ffff'
-- $34: 'pristina kaoh'
-- $35: 'pristina kaoh\U0010ffff'
