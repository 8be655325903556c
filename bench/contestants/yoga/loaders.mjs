// One DataLoader a kind of record and request: what many fields ask for in one turn becomes one statement.
import DataLoader from "dataloader";

const AGREEMENT = `id, title, kind, signed_on, event_id, title_folded,
  coalesce(signed_on_earliest, '-infinity') AS signed, agreement_standing(agreement) AS status`;

export const statements = {
  agreement: `SELECT ${AGREEMENT} FROM agreement WHERE id = $1 AND retracted_at IS NULL`,
  page: `SELECT ${AGREEMENT} FROM agreement WHERE retracted_at IS NULL
    ORDER BY coalesce(signed_on_earliest, '-infinity') DESC, id DESC LIMIT $1`,
  filtered: `SELECT ${AGREEMENT} FROM agreement WHERE retracted_at IS NULL AND signed_on_latest <= $4 AND id IN (
      SELECT agreement_id FROM agreement_party
      WHERE party_country_code = $5 AND city_id IS NOT NULL AND agreement_kind = $2 AND agreement_retracted_at IS NULL
        AND coalesce(agreement_signed_on_earliest, '-infinity') BETWEEN $3 AND $4)
    ORDER BY title_folded, id LIMIT $1`,
  city: "SELECT id, name, native_name, country_code FROM city WHERE id = $1 AND retracted_at IS NULL",
  kinds: "SELECT key, count FROM agreement_kinds()",
  search: "SELECT id, name, native_name, country_code FROM search_cities($1, $2)",
};

const batches = {
  cities: ["id", "SELECT id, name, native_name, country_code FROM city WHERE id = ANY($1)"],
  organizations: ["id", "SELECT id, name, kind, country_code FROM organization WHERE id = ANY($1)"],
  people: ["id", "SELECT id, name, native_name FROM person WHERE id = ANY($1)"],
  areas: ["id", "SELECT id, slug, name FROM area WHERE id = ANY($1)"],
  events: ["id", "SELECT id, name, kind, starts_on, venue, city_id FROM event WHERE id = ANY($1)"],
  countryNames: [
    "code",
    "SELECT country_code AS code, name FROM country_name WHERE country_code = ANY($1) AND language = 'en'",
  ],
};
const lists = {
  parties: `SELECT agreement_id AS owner, position, name_as_signed, city_id, organization_id
    FROM agreement_party WHERE agreement_id = ANY($1) ORDER BY agreement_id, position`,
  signatories: `SELECT agreement_id AS owner, role, office, attendance, person_id
    FROM signatory WHERE agreement_id = ANY($1) AND role = 'SIGNATORY' ORDER BY agreement_id, position`,
  agreementAreas: `SELECT agreement_id AS owner, standing, area_id
    FROM agreement_area WHERE agreement_id = ANY($1) ORDER BY agreement_id, position`,
  partners: `SELECT city.id AS owner, partner.id, partner.name, partner.native_name, partner.country_code
    FROM city, city_partners(city) WITH ORDINALITY partner WHERE city.id = ANY($1) ORDER BY city.id, ordinality`,
  newestAgreements: `SELECT city.id AS owner, agreement.id, agreement.title, agreement.kind, agreement.signed_on,
      agreement.event_id, agreement_standing(agreement) AS status
    FROM city CROSS JOIN LATERAL (SELECT * FROM city_newest_agreements(city) LIMIT $2) found
      JOIN agreement ON agreement.id = found.id
    WHERE city.id = ANY($1) ORDER BY city.id, coalesce(agreement.signed_on_earliest, '-infinity') DESC, agreement.id DESC`,
};

export function query(pool, name, text, values) {
  return pool.query({ name, text, values }).then((result) => result.rows);
}

export function loaders(pool) {
  const made = {};
  for (const [name, [key, text]] of Object.entries(batches)) {
    made[name] = new DataLoader(async (keys) => {
      const found = new Map((await query(pool, name, text, [keys])).map((row) => [row[key], row]));
      return keys.map((each) => found.get(each) ?? null);
    });
  }
  for (const [name, text] of Object.entries(lists)) {
    made[name] = new DataLoader(
      async (keys) => {
        const values = name === "newestAgreements" ? [keys.map((key) => key.id), keys[0].first] : [keys];
        const found = new Map(keys.map((key) => [key.id ?? key, []]));
        for (const row of await query(pool, name, text, values)) found.get(row.owner).push(row);
        return keys.map((key) => found.get(key.id ?? key));
      },
      name === "newestAgreements" ? { cacheKeyFn: (key) => `${key.id} ${key.first}` } : {},
    );
  }
  return made;
}
