SELECT convert_to((('{"feedCursor":'::text || coalesce(to_json((SELECT ((SELECT epoch
FROM feed_head) || '.' || t0."seq" || '.' || left(encode(t0."hash", 'hex'), 8))
FROM "feed_head" t0
WHERE true))::text, 'null')) || (',"agreements":'::text || (('{"totalCount":'::text || ((SELECT count(*)
FROM "agreement" t2
WHERE t2."retracted_at" IS NULL)::text || '}'::text)) || '}'::text))), 'UTF8')
