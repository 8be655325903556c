SELECT convert_to(('{"changes":'::text || ((SELECT (('{"nodes":'::text || ('['::text || (coalesce(string_agg(((('{"cursor":'::text || (coalesce(to_json(((SELECT epoch
FROM feed_head) || '.' || t0."seq" || '.' || left(encode(t0."hash", 'hex'), 8)))::text, 'null') || ',"at":'::text)) || ((to_json(t0."at")::text || ',"actor":'::text) || (to_json(t0."actor")::text || ',"kind":'::text))) || (((('"' || t0."kind" || '"') || ',"version":'::text) || (t0."version"::text || ',"fields":'::text)) || ((to_json(t0."fields")::text || ',"subject":'::text) || (CASE WHEN t0."subject_id" COLLATE "C" >= $1::text AND t0."subject_id" COLLATE "C" < $2::text THEN coalesce((SELECT ('{"title":'::text || (to_json(t1."title")::text || '}'::text))
FROM "agreement" t1
WHERE (t1."id" = t0."subject_id") AND (t1."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $3::text AND t0."subject_id" COLLATE "C" < $4::text THEN coalesce((SELECT '{}'::text
FROM "city" t2
WHERE (t2."id" = (SELECT coalesce(t3."merged_into_id", t3."id")
FROM "city" t3
WHERE t3."id" = t0."subject_id")) AND (t2."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $5::text AND t0."subject_id" COLLATE "C" < $6::text THEN coalesce((SELECT '{}'::text
FROM "delegation" t4
WHERE (t4."id" = t0."subject_id") AND (t4."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $7::text AND t0."subject_id" COLLATE "C" < $8::text THEN coalesce((SELECT '{}'::text
FROM "event" t5
WHERE (t5."id" = t0."subject_id") AND (t5."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $9::text AND t0."subject_id" COLLATE "C" < $10::text THEN coalesce((SELECT '{}'::text
FROM "contribution" t6
WHERE (t6."id" = t0."subject_id") AND (t6."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $11::text AND t0."subject_id" COLLATE "C" < $12::text THEN coalesce((SELECT '{}'::text
FROM "programme" t7
WHERE (t7."id" = t0."subject_id") AND (t7."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $13::text AND t0."subject_id" COLLATE "C" < $14::text THEN coalesce((SELECT '{}'::text
FROM "organization" t8
WHERE (t8."id" = (SELECT coalesce(t9."merged_into_id", t9."id")
FROM "organization" t9
WHERE t9."id" = t0."subject_id")) AND (t8."retracted_at" IS NULL)), 'null') WHEN t0."subject_id" COLLATE "C" >= $15::text AND t0."subject_id" COLLATE "C" < $16::text THEN coalesce((SELECT '{}'::text
FROM "person" t10
WHERE (t10."id" = (SELECT coalesce(t11."merged_into_id", t11."id")
FROM "person" t11
WHERE t11."id" = t0."subject_id")) AND (t10."retracted_at" IS NULL)), 'null') ELSE 'null'::text END || '}'::text)))), ',' ORDER BY t0.rn), '') || ']'::text))) || (',"pageInfo":'::text || ((('{"hasNextPage":'::text || ((false OR coalesce(max(t0.fetched) > 2, false)))::text) || (',"endCursor":'::text || (coalesce(to_json(max(((SELECT epoch
FROM feed_head) || '.' || t0."seq" || '.' || left(encode(t0."hash", 'hex'), 8))) FILTER (WHERE t0.rn = least(t0.fetched, 2)))::text, 'null') || '}'::text))) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY t0."seq") AS rn, count(*) OVER () AS fetched
FROM (SELECT t12."seq", t12."hash", t12."at", t12."actor", t12."kind", t12."version", t12."fields", t12."subject_id"
FROM "change" t12
WHERE (((t12."subject_id" COLLATE "C" >= $17::text AND t12."subject_id" COLLATE "C" < $18::text)) AND (t12."kind" = ANY($19::text[]))) ORDER BY t12."seq" LIMIT 3) t0) t0
WHERE t0.rn <= 2 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'agr_'
-- $2: 'agr_\U0010ffff'
-- $3: 'cty_'
-- $4: 'cty_\U0010ffff'
-- $5: 'del_'
-- $6: 'del_\U0010ffff'
-- $7: 'evt_'
-- $8: 'evt_\U0010ffff'
-- $9: 'con_'
-- $10: 'con_\U0010ffff'
-- $11: 'prg_'
-- $12: 'prg_\U0010ffff'
-- $13: 'org_'
-- $14: 'org_\U0010ffff'
-- $15: 'per_'
-- $16: 'per_\U0010ffff'
-- $17: 'agr_'
-- $18: 'agr_\U0010ffff'
-- $19: ('CREATED',)
