SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT (SELECT count(*)
FROM "source" t1
WHERE true) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."title" AS "title", t0."publisher" AS "publisher", t0."published_on" AS "publishedOn", t0."language" AS "language") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."published_on_earliest", '-infinity'::date) DESC, t0."id" DESC) AS rn
FROM (SELECT t2."title", t2."publisher", t2."published_on", t2."language", t2."published_on_earliest", t2."id"
FROM "source" t2
WHERE (true) ORDER BY coalesce(t2."published_on_earliest", '-infinity'::date) DESC, t2."id" DESC LIMIT 20) t0) t0
WHERE t0.rn <= 20 GROUP BY ()) pt0) AS "sources") o0)
