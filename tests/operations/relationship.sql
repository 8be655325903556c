SELECT convert_to(('{"relationship":'::text || (CASE WHEN ((SELECT t0."id"
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t1
WHERE (t1."subject_id" = t0."id") AND (t1."folded" = $1::text))) AND (t0."country_code" = $2::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))) IS NOT NULL) AND ((SELECT t2."id"
FROM "city" t2
WHERE ((EXISTS (SELECT
FROM "spelling" t3
WHERE (t3."subject_id" = t2."id") AND (t3."folded" = $3::text))) AND (t2."country_code" = $4::text)) AND ((t2."retracted_at" IS NULL) AND (t2."merged_into_id" IS NULL))) IS NOT NULL) AND ((SELECT t4."id"
FROM "city" t4
WHERE ((EXISTS (SELECT
FROM "spelling" t5
WHERE (t5."subject_id" = t4."id") AND (t5."folded" = $5::text))) AND (t4."country_code" = $6::text)) AND ((t4."retracted_at" IS NULL) AND (t4."merged_into_id" IS NULL))) <> (SELECT t6."id"
FROM "city" t6
WHERE ((EXISTS (SELECT
FROM "spelling" t7
WHERE (t7."subject_id" = t6."id") AND (t7."folded" = $7::text))) AND (t6."country_code" = $8::text)) AND ((t6."retracted_at" IS NULL) AND (t6."merged_into_id" IS NULL)))) THEN ((('{"cities":'::text || (('['::text || coalesce((SELECT ('{"name":'::text || (to_json(t8."name")::text || '}'::text))
FROM "city" t8
WHERE t8."id" = (SELECT t9."id"
FROM "city" t9
WHERE ((EXISTS (SELECT
FROM "spelling" t10
WHERE (t10."subject_id" = t9."id") AND (t10."folded" = $9::text))) AND (t9."country_code" = $10::text)) AND ((t9."retracted_at" IS NULL) AND (t9."merged_into_id" IS NULL)))), 'null')) || (','::text || (coalesce((SELECT ('{"name":'::text || (to_json(t11."name")::text || '}'::text))
FROM "city" t11
WHERE t11."id" = (SELECT t12."id"
FROM "city" t12
WHERE ((EXISTS (SELECT
FROM "spelling" t13
WHERE (t13."subject_id" = t12."id") AND (t13."folded" = $11::text))) AND (t12."country_code" = $12::text)) AND ((t12."retracted_at" IS NULL) AND (t12."merged_into_id" IS NULL)))), 'null') || ']'::text)))) || (',"since":'::text || coalesce(to_json((SELECT t14."signed_on"
FROM "agreement" t14
WHERE (t14."signed_on" IS NOT NULL) AND ((t14."retracted_at" IS NULL) AND (EXISTS (SELECT
FROM "agreement_party" t15
WHERE (t15."agreement_id" = t14."id") AND (t15."city_id" = (SELECT t16."id"
FROM "city" t16
WHERE ((EXISTS (SELECT
FROM "spelling" t17
WHERE (t17."subject_id" = t16."id") AND (t17."folded" = $13::text))) AND (t16."country_code" = $14::text)) AND ((t16."retracted_at" IS NULL) AND (t16."merged_into_id" IS NULL)))))) AND (EXISTS (SELECT
FROM "agreement_party" t18
WHERE (t18."agreement_id" = t14."id") AND (t18."city_id" = (SELECT t19."id"
FROM "city" t19
WHERE ((EXISTS (SELECT
FROM "spelling" t20
WHERE (t20."subject_id" = t19."id") AND (t20."folded" = $15::text))) AND (t19."country_code" = $16::text)) AND ((t19."retracted_at" IS NULL) AND (t19."merged_into_id" IS NULL))))))) ORDER BY t14."signed_on_earliest", t14."id" LIMIT 1))::text, 'null'))) || ((',"agreements":'::text || ('{"totalCount":'::text || ((SELECT count(*)
FROM "agreement" t22
WHERE (t22."retracted_at" IS NULL) AND (EXISTS (SELECT
FROM "agreement_party" t23
WHERE (t23."agreement_id" = t22."id") AND (t23."city_id" = (SELECT t24."id"
FROM "city" t24
WHERE ((EXISTS (SELECT
FROM "spelling" t25
WHERE (t25."subject_id" = t24."id") AND (t25."folded" = $17::text))) AND (t24."country_code" = $18::text)) AND ((t24."retracted_at" IS NULL) AND (t24."merged_into_id" IS NULL)))) AND (t23."agreement_retracted_at" IS NULL))) AND (EXISTS (SELECT
FROM "agreement_party" t26
WHERE (t26."agreement_id" = t22."id") AND (t26."city_id" = (SELECT t27."id"
FROM "city" t27
WHERE ((EXISTS (SELECT
FROM "spelling" t28
WHERE (t28."subject_id" = t27."id") AND (t28."folded" = $19::text))) AND (t27."country_code" = $20::text)) AND ((t27."retracted_at" IS NULL) AND (t27."merged_into_id" IS NULL)))) AND (t26."agreement_retracted_at" IS NULL))))::text || '}'::text))) || (',"timeline":'::text || ((SELECT (('{"nodes":'::text || ('['::text || (coalesce(string_agg(CASE WHEN t29."kind" = $21::text THEN (SELECT (('{"__typename":'::text || ($22::text || ',"title":'::text)) || ((to_json(t30."title")::text || ',"signedOn":'::text) || (coalesce(('"' || t30."signed_on" || '"'), 'null') || '}'::text)))
FROM "agreement" t30
WHERE t30."id" = t29."id") WHEN t29."kind" = $23::text THEN (SELECT (('{"__typename":'::text || ($24::text || ',"name":'::text)) || ((to_json(t31."name")::text || ',"startsOn":'::text) || (coalesce(('"' || t31."starts_on" || '"'), 'null') || '}'::text)))
FROM "event" t31
WHERE t31."id" = t29."id") WHEN t29."kind" = $25::text THEN (SELECT (('{"__typename":'::text || ($26::text || ',"name":'::text)) || ((to_json(t32."name")::text || ',"arrivedOn":'::text) || (coalesce(('"' || t32."arrived_on" || '"'), 'null') || '}'::text)))
FROM "delegation" t32
WHERE t32."id" = t29."id") WHEN t29."kind" = $27::text THEN (SELECT (('{"__typename":'::text || $28::text) || (',"description":'::text || (to_json(t33."description")::text || '}'::text)))
FROM "contribution" t33
WHERE t33."id" = t29."id") ELSE 'null'::text END, ',' ORDER BY t29.rn), '') || ']'::text))) || (',"pageInfo":'::text || (('{"hasNextPage":'::text || (((false OR coalesce(max(t29.fetched) > 5, false)))::text || '}'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t29."earliest", 'infinity'::date), t29."id") AS rn, count(*) OVER () AS fetched
FROM (SELECT t34."kind", t34."id", t34."earliest"
FROM (SELECT $29::text AS kind, t35."id", t35."signed_on_earliest" AS earliest
FROM "agreement" t35
WHERE (t35."retracted_at" IS NULL) AND (EXISTS (SELECT
FROM "agreement_party" t36
WHERE (t36."agreement_id" = t35."id") AND (t36."city_id" = (SELECT t37."id"
FROM "city" t37
WHERE ((EXISTS (SELECT
FROM "spelling" t38
WHERE (t38."subject_id" = t37."id") AND (t38."folded" = $30::text))) AND (t37."country_code" = $31::text)) AND ((t37."retracted_at" IS NULL) AND (t37."merged_into_id" IS NULL)))))) AND (EXISTS (SELECT
FROM "agreement_party" t39
WHERE (t39."agreement_id" = t35."id") AND (t39."city_id" = (SELECT t40."id"
FROM "city" t40
WHERE ((EXISTS (SELECT
FROM "spelling" t41
WHERE (t41."subject_id" = t40."id") AND (t41."folded" = $32::text))) AND (t40."country_code" = $33::text)) AND ((t40."retracted_at" IS NULL) AND (t40."merged_into_id" IS NULL))))))
UNION ALL SELECT $34::text AS kind, t42."id", t42."starts_on_earliest" AS earliest
FROM "event" t42
WHERE (t42."retracted_at" IS NULL) AND (t42."id" IN (SELECT t43."id"
FROM "event" t43
WHERE t43."city_id" = (SELECT t44."id"
FROM "city" t44
WHERE ((EXISTS (SELECT
FROM "spelling" t45
WHERE (t45."subject_id" = t44."id") AND (t45."folded" = $35::text))) AND (t44."country_code" = $36::text)) AND ((t44."retracted_at" IS NULL) AND (t44."merged_into_id" IS NULL)))
UNION ALL SELECT t46."event_id"
FROM "event_host" t46
WHERE t46."city_id" = (SELECT t47."id"
FROM "city" t47
WHERE ((EXISTS (SELECT
FROM "spelling" t48
WHERE (t48."subject_id" = t47."id") AND (t48."folded" = $37::text))) AND (t47."country_code" = $38::text)) AND ((t47."retracted_at" IS NULL) AND (t47."merged_into_id" IS NULL)))
UNION ALL SELECT t49."event_id"
FROM "participation" t49
WHERE (t49."city_id" = (SELECT t50."id"
FROM "city" t50
WHERE ((EXISTS (SELECT
FROM "spelling" t51
WHERE (t51."subject_id" = t50."id") AND (t51."folded" = $39::text))) AND (t50."country_code" = $40::text)) AND ((t50."retracted_at" IS NULL) AND (t50."merged_into_id" IS NULL)))) AND (t49."status" = ANY($41::text[])))) AND (t42."id" IN (SELECT t52."id"
FROM "event" t52
WHERE t52."city_id" = (SELECT t53."id"
FROM "city" t53
WHERE ((EXISTS (SELECT
FROM "spelling" t54
WHERE (t54."subject_id" = t53."id") AND (t54."folded" = $42::text))) AND (t53."country_code" = $43::text)) AND ((t53."retracted_at" IS NULL) AND (t53."merged_into_id" IS NULL)))
UNION ALL SELECT t55."event_id"
FROM "event_host" t55
WHERE t55."city_id" = (SELECT t56."id"
FROM "city" t56
WHERE ((EXISTS (SELECT
FROM "spelling" t57
WHERE (t57."subject_id" = t56."id") AND (t57."folded" = $44::text))) AND (t56."country_code" = $45::text)) AND ((t56."retracted_at" IS NULL) AND (t56."merged_into_id" IS NULL)))
UNION ALL SELECT t58."event_id"
FROM "participation" t58
WHERE (t58."city_id" = (SELECT t59."id"
FROM "city" t59
WHERE ((EXISTS (SELECT
FROM "spelling" t60
WHERE (t60."subject_id" = t59."id") AND (t60."folded" = $46::text))) AND (t59."country_code" = $47::text)) AND ((t59."retracted_at" IS NULL) AND (t59."merged_into_id" IS NULL)))) AND (t58."status" = ANY($48::text[]))))
UNION ALL SELECT $49::text AS kind, t61."id", t61."arrived_on_earliest" AS earliest
FROM "delegation" t61
WHERE (t61."retracted_at" IS NULL) AND (((t61."from_city_id" = (SELECT t62."id"
FROM "city" t62
WHERE ((EXISTS (SELECT
FROM "spelling" t63
WHERE (t63."subject_id" = t62."id") AND (t63."folded" = $50::text))) AND (t62."country_code" = $51::text)) AND ((t62."retracted_at" IS NULL) AND (t62."merged_into_id" IS NULL)))) AND ((t61."destination_city_id" = (SELECT t64."id"
FROM "city" t64
WHERE ((EXISTS (SELECT
FROM "spelling" t65
WHERE (t65."subject_id" = t64."id") AND (t65."folded" = $52::text))) AND (t64."country_code" = $53::text)) AND ((t64."retracted_at" IS NULL) AND (t64."merged_into_id" IS NULL)))) OR (EXISTS (SELECT
FROM "delegation_host" t66
WHERE (t66."delegation_id" = t61."id") AND (t66."city_id" = (SELECT t67."id"
FROM "city" t67
WHERE ((EXISTS (SELECT
FROM "spelling" t68
WHERE (t68."subject_id" = t67."id") AND (t68."folded" = $54::text))) AND (t67."country_code" = $55::text)) AND ((t67."retracted_at" IS NULL) AND (t67."merged_into_id" IS NULL)))))))) OR ((t61."from_city_id" = (SELECT t69."id"
FROM "city" t69
WHERE ((EXISTS (SELECT
FROM "spelling" t70
WHERE (t70."subject_id" = t69."id") AND (t70."folded" = $56::text))) AND (t69."country_code" = $57::text)) AND ((t69."retracted_at" IS NULL) AND (t69."merged_into_id" IS NULL)))) AND ((t61."destination_city_id" = (SELECT t71."id"
FROM "city" t71
WHERE ((EXISTS (SELECT
FROM "spelling" t72
WHERE (t72."subject_id" = t71."id") AND (t72."folded" = $58::text))) AND (t71."country_code" = $59::text)) AND ((t71."retracted_at" IS NULL) AND (t71."merged_into_id" IS NULL)))) OR (EXISTS (SELECT
FROM "delegation_host" t73
WHERE (t73."delegation_id" = t61."id") AND (t73."city_id" = (SELECT t74."id"
FROM "city" t74
WHERE ((EXISTS (SELECT
FROM "spelling" t75
WHERE (t75."subject_id" = t74."id") AND (t75."folded" = $60::text))) AND (t74."country_code" = $61::text)) AND ((t74."retracted_at" IS NULL) AND (t74."merged_into_id" IS NULL)))))))))
UNION ALL SELECT $62::text AS kind, t76."id", t76."given_on_earliest" AS earliest
FROM "contribution" t76
WHERE (t76."retracted_at" IS NULL) AND (((t76."giver_city_id" = (SELECT t77."id"
FROM "city" t77
WHERE ((EXISTS (SELECT
FROM "spelling" t78
WHERE (t78."subject_id" = t77."id") AND (t78."folded" = $63::text))) AND (t77."country_code" = $64::text)) AND ((t77."retracted_at" IS NULL) AND (t77."merged_into_id" IS NULL)))) AND (t76."recipient_city_id" = (SELECT t79."id"
FROM "city" t79
WHERE ((EXISTS (SELECT
FROM "spelling" t80
WHERE (t80."subject_id" = t79."id") AND (t80."folded" = $65::text))) AND (t79."country_code" = $66::text)) AND ((t79."retracted_at" IS NULL) AND (t79."merged_into_id" IS NULL))))) OR ((t76."giver_city_id" = (SELECT t81."id"
FROM "city" t81
WHERE ((EXISTS (SELECT
FROM "spelling" t82
WHERE (t82."subject_id" = t81."id") AND (t82."folded" = $67::text))) AND (t81."country_code" = $68::text)) AND ((t81."retracted_at" IS NULL) AND (t81."merged_into_id" IS NULL)))) AND (t76."recipient_city_id" = (SELECT t83."id"
FROM "city" t83
WHERE ((EXISTS (SELECT
FROM "spelling" t84
WHERE (t84."subject_id" = t83."id") AND (t84."folded" = $69::text))) AND (t83."country_code" = $70::text)) AND ((t83."retracted_at" IS NULL) AND (t83."merged_into_id" IS NULL))))))) t34
WHERE (true) ORDER BY coalesce(t34."earliest", 'infinity'::date), t34."id" LIMIT 6) t29) t29
WHERE t29.rn <= 5 GROUP BY ()) || '}'::text)))) ELSE 'null'::text END || '}'::text)), 'UTF8')
-- $1: 'taipei'
-- $2: 'TW'
-- $3: 'daegu'
-- $4: 'KR'
-- $5: 'taipei'
-- $6: 'TW'
-- $7: 'daegu'
-- $8: 'KR'
-- $9: 'taipei'
-- $10: 'TW'
-- $11: 'daegu'
-- $12: 'KR'
-- $13: 'taipei'
-- $14: 'TW'
-- $15: 'daegu'
-- $16: 'KR'
-- $17: 'taipei'
-- $18: 'TW'
-- $19: 'daegu'
-- $20: 'KR'
-- $21: 'agreement'
-- $22: '"Agreement"'
-- $23: 'event'
-- $24: '"Event"'
-- $25: 'delegation'
-- $26: '"Delegation"'
-- $27: 'contribution'
-- $28: '"Contribution"'
-- $29: 'agreement'
-- $30: 'taipei'
-- $31: 'TW'
-- $32: 'daegu'
-- $33: 'KR'
-- $34: 'event'
-- $35: 'taipei'
-- $36: 'TW'
-- $37: 'taipei'
-- $38: 'TW'
-- $39: 'taipei'
-- $40: 'TW'
-- $41: ('CONFIRMED', 'ATTENDED')
-- $42: 'daegu'
-- $43: 'KR'
-- $44: 'daegu'
-- $45: 'KR'
-- $46: 'daegu'
-- $47: 'KR'
-- $48: ('CONFIRMED', 'ATTENDED')
-- $49: 'delegation'
-- $50: 'taipei'
-- $51: 'TW'
-- $52: 'daegu'
-- $53: 'KR'
-- $54: 'daegu'
-- $55: 'KR'
-- $56: 'daegu'
-- $57: 'KR'
-- $58: 'taipei'
-- $59: 'TW'
-- $60: 'taipei'
-- $61: 'TW'
-- $62: 'contribution'
-- $63: 'taipei'
-- $64: 'TW'
-- $65: 'daegu'
-- $66: 'KR'
-- $67: 'daegu'
-- $68: 'KR'
-- $69: 'taipei'
-- $70: 'TW'
