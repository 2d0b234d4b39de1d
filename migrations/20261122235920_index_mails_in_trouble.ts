import type { Knex } from 'knex'

/** What every page asks for administrators: few mails are ever put off or fail, and the rest is not looked at. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("create index emails_failed on emails (status, sending_since) where status = 'failed'")
  await knex.raw(
    "create index emails_put_off on emails (sending_since, attempts, id) where status = 'queued' and attempts > 0",
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index emails_put_off')
  await knex.raw('drop index emails_failed')
}
