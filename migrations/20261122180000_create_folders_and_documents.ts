import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('folders', t => {
    t.increments('id')
    t.integer('portal_id').notNullable().references('portals.id')
    t.integer('parent_id').references('folders.id').index()
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.bigInteger('created_at').notNullable()
  })
  await knex.raw(
    'create unique index folders_sibling_name on folders (portal_id, coalesce(parent_id, 0), name_normalized)',
  )
  await knex.schema.createTable('documents', t => {
    t.increments('id')
    t.text('public_id').notNullable().unique()
    t.integer('portal_id').notNullable().references('portals.id')
    t.integer('folder_id').references('folders.id').onDelete('SET NULL').index()
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.text('storage_key').notNullable().index()
    t.bigInteger('size').notNullable()
    t.text('media_type').notNullable()
    t.text('sha256').notNullable()
    t.integer('uploaded_by_staff_id').references('staff_users.id')
    t.integer('uploaded_by_portal_user_id').references('portal_users.id').index()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('deleted_at').index()
    t.index(['portal_id', 'folder_id', 'name_normalized', 'id'], 'documents_in_folder')
  })
  await knex.schema.createTable('access_denials', t => {
    t.increments('id')
    t.integer('portal_access_id').references('portal_access.id').onDelete('CASCADE')
    t.integer('invitation_id').references('invitations.id').onDelete('CASCADE')
    t.integer('folder_id').references('folders.id').onDelete('CASCADE').index()
    t.integer('document_id').references('documents.id').onDelete('CASCADE').index()
    t.integer('created_by_staff_id').references('staff_users.id')
    t.integer('created_by_portal_user_id').references('portal_users.id')
    t.bigInteger('created_at').notNullable()
    t.check('(portal_access_id is null) <> (invitation_id is null)', [], 'access_denials_whose')
    t.check('(folder_id is null) <> (document_id is null)', [], 'access_denials_what')
  })
  for (const whose of ['portal_access_id', 'invitation_id']) {
    for (const what of ['folder_id', 'document_id']) {
      await knex.raw('create unique index ?? on access_denials (??, ??) where ?? is not null and ?? is not null', [
        `access_denials_${whose}_${what}`,
        whose,
        what,
        whose,
        what,
      ])
    }
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['access_denials', 'documents', 'folders']) await knex.schema.dropTable(table)
}
