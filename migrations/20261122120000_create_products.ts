import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('products', t => {
    t.increments('id')
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.text('sku')
    t.specificType('sku_normalized', sortable).unique()
    t.boolean('active').notNullable().defaultTo(true)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.index(['name_normalized', 'id'])
  })
  // Products without an SKU have nothing but their name to be told apart by.
  await knex.raw('create unique index products_name_alone on products (name_normalized) where sku_normalized is null')
  await knex.schema.createTable('product_access', t => {
    t.integer('product_id').notNullable().references('products.id')
    t.integer('contact_id').notNullable().references('contacts.id').index()
    t.integer('granted_by_staff_id').references('staff_users.id')
    t.bigInteger('granted_at').notNullable()
    t.integer('batch_id').references('batches.id')
    t.primary(['product_id', 'contact_id'])
  })
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['product_access', 'products']) await knex.schema.dropTable(table)
}
