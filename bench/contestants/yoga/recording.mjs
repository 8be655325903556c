// What writes: rows inserted in a transaction, and nothing more.
const AGREEMENT = `INSERT INTO agreement (id, title, title_folded, kind, status, signed_on, parties_complete, recorded_by)
  VALUES ($1, $2, lower($2), $3, 'IN_FORCE', $4, true, 'bench') RETURNING id, title, kind, status, signed_on`;
const PARTIES = `INSERT INTO agreement_party (agreement_id, position, city_id)
  SELECT $1, position, city FROM unnest($2::text[]) WITH ORDINALITY given (city, position)`;

export async function recordSigning(pool, { id, title, kind, signedOn, cities }) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query({ name: "record", text: AGREEMENT, values: [id, title, kind, signedOn] });
    await client.query({ name: "recordParties", text: PARTIES, values: [id, cities] });
    await client.query("COMMIT");
    return { agreement: rows[0] };
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
