import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('invitations', t => {
    t.increments('id')
    t.integer('portal_id').notNullable().references('portals.id')
    t.integer('contact_id').references('contacts.id').index()
    t.text('name').notNullable()
    t.specificType('search_name', sortable).notNullable()
    t.text('email').notNullable()
    t.specificType('email_normalized', sortable).notNullable().index()
    t.text('message')
    t.text('access_level')
      .notNullable()
      .defaultTo('standard')
      .checkIn(['full', 'standard', 'read_only'], 'invitations_level')
    t.boolean('can_invite_others').notNullable()
    t.boolean('can_view_details').notNullable()
    t.boolean('can_view_documents').notNullable()
    t.text('token_hash').notNullable().unique()
    // Whether it has expired, and what became of its mail, is known from the mail: an invitation that was not sent does not age.
    t.text('status')
      .notNullable()
      .defaultTo('open')
      .checkIn(['open', 'accepted', 'cancelled', 'superseded'], 'invitations_status')
    t.integer('superseded_by_id').references('invitations.id')
    t.integer('invited_by_staff_id').references('staff_users.id')
    t.integer('invited_by_portal_user_id').references('portal_users.id').index()
    t.integer('batch_id').references('batches.id').index()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('accepted_at')
    t.integer('accepted_by_portal_user_id').references('portal_users.id')
    t.text('registered_email')
    t.bigInteger('cancelled_at')
    t.integer('version').notNullable().defaultTo(1)
    t.index(['portal_id', 'status'])
    t.index(['created_at', 'id'])
  })
  await knex.raw(
    "create unique index invitations_open on invitations (portal_id, email_normalized) where status = 'open'",
  )
  await knex.schema.alterTable('emails', t => t.index(['invitation_id'], 'emails_invitation_id'))
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => t.dropIndex(['invitation_id'], 'emails_invitation_id'))
  await knex.schema.dropTable('invitations')
}
