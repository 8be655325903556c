SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT ((SELECT epoch
FROM feed_head) || '.' || t0."seq" || '.' || left(encode(t0."hash", 'hex'), 8))
FROM "feed_head" t0
WHERE true) AS "feedCursor", (SELECT row_to_json(pt1)
FROM (SELECT (SELECT count(*)
FROM "agreement" t2
WHERE t2."retracted_at" IS NULL) AS "totalCount") pt1) AS "agreements") o0)
