import { system } from '../../src/core/actors.ts'
import { productsOfContact } from '../../src/core/products/holders.ts'
import { addProduct } from '../../src/core/products/products.ts'
import type { World } from './world.ts'

/** A product that is not archived. */
export async function aProduct(world: World, name: string, sku: string | null = null): Promise<number> {
  const added = await addProduct(world.db, system, { name, sku, description: null }, world.now())
  if (!added.ok) throw new Error(`The product ${name} could not be added: ${added.error}`)
  return added.value
}

/** Gives a contact access without a bulk change. */
export async function giveProduct(world: World, productId: number, contactId: number): Promise<void> {
  await world.db('product_access').insert({ product_id: productId, contact_id: contactId, granted_at: world.now() })
}

/** The names of the products that a contact has access to. */
export async function productNamesOf(world: World, contactId: number): Promise<string[]> {
  return (await productsOfContact(world.db, contactId)).map(product => product.name)
}
