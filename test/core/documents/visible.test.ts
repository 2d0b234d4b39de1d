import { expect } from 'chai'
import fc from 'fast-check'
import { contentsPage, surveyOf } from '../../../src/core/documents/contents.ts'
import { documentTree, countTree } from '../../../src/core/documents/tree.ts'
import { visibleDocuments, visibleFolders, type Viewer } from '../../../src/core/documents/visible.ts'
import { insertMany, updateMany } from '../../../src/db/bulk.ts'
import { isPostgres } from '../../../src/db/index.ts'
import { aPortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const TREES = 2000
const TREES_ON_POSTGRES = 200

/** Folders and documents by number; a place is the number of a folder, or -1 for the top. */
interface Grown {
  parents: number[]
  places: number[]
  deniedFolders: number[]
  deniedDocuments: number[]
  /** Folder by folder: where it is moved later, as far as that makes no circle. */
  moves: [folder: number, to: number][]
}

const grown: fc.Arbitrary<Grown> = fc
  .record({ folders: fc.nat({ max: 12 }), documents: fc.nat({ max: 12 }) })
  .chain(({ folders, documents }) => {
    const some = (most: number) => fc.uniqueArray(fc.nat({ max: Math.max(0, most - 1) }), { maxLength: 4 })
    const place = fc.integer({ min: -1, max: folders - 1 })
    return fc.record({
      parents: fc.tuple(...Array.from({ length: folders }, (_, n) => fc.integer({ min: -1, max: n - 1 }))),
      places: fc.array(place, { minLength: documents, maxLength: documents }),
      deniedFolders: some(folders).map(list => list.filter(n => n < folders)),
      deniedDocuments: some(documents).map(list => list.filter(n => n < documents)),
      moves: fc.array(fc.tuple(fc.nat({ max: Math.max(0, folders - 1) }), place), {
        maxLength: folders === 0 ? 0 : 3,
      }),
    })
  })

/** The plain model: denied is what is denied itself, or stands in something denied. */
function isDenied({ parents, deniedFolders }: Grown, folder: number): boolean {
  return folder >= 0 && (deniedFolders.includes(folder) || isDeniedAbove({ parents, deniedFolders }, folder))
}

function isDeniedAbove({ parents, deniedFolders }: Pick<Grown, 'parents' | 'deniedFolders'>, folder: number): boolean {
  for (let at = parents[folder] ?? -1; at >= 0; at = parents[at] ?? -1) if (deniedFolders.includes(at)) return true
  return false
}

function moved(tree: Grown): Grown {
  const parents = [...tree.parents]
  for (const [folder, to] of tree.moves) {
    let above = to
    while (above >= 0 && above !== folder) above = parents[above] ?? -1
    if (above < 0) parents[folder] = to
  }
  return { ...tree, parents }
}

const FOLDER_ID = (tree: number, n: number): number => tree * 100 + n + 1
const PORTAL_ID = (tree: number): number => tree + 1000

describe('Who may see what of a portal', () => {
  let world: World
  before(async () => void (world = await aWorld()))
  after(() => world.end())

  it('is what a plain model of denial says, in thousands of random trees, before and after things are moved', async () => {
    const trees = fc.sample(grown, { numRuns: isPostgres(world.db) ? TREES_ON_POSTGRES : TREES, seed: 20261122 })
    await plant(world, trees)
    await world.db.raw('analyze')
    const later = trees.map(moved)

    const wrong = await differences(world, trees)
    await updateMany(world.db, 'folders', ['parent_id'], later.flatMap(parentRows))
    wrong.push(...(await differences(world, later)))

    expect(trees.filter(tree => tree.deniedFolders.length > 0)).to.have.length.above(trees.length / 3)
    expect(wrong).to.deep.equal([])
  }).timeout(60_000)
})

async function plant({ db, ...world }: World, trees: Grown[]): Promise<void> {
  const ada = await aPortalUser({ db, ...world }, { name: 'Ada Okafor' })
  const now = 1
  const each = <T>(rows: (tree: Grown, n: number) => T[]): T[] => trees.flatMap(rows)
  const put = (table: string, rows: Record<string, string | number | boolean | null>[]): Promise<void> => {
    return insertMany(db, table, Object.keys(rows[0] ?? {}), rows)
  }
  await put(
    'portals',
    each((_, n) => {
      const name = `portal ${String(n)}`
      const id = PORTAL_ID(n)
      return [
        {
          id,
          kind: 'shared',
          name,
          name_normalized: name,
          slug: `p${String(n)}`,
          enabled: true,
          created_at: now,
          updated_at: now,
        },
      ]
    }),
  )
  await put(
    'portal_access',
    each((_, n) => {
      const flags = { can_invite_others: false, can_view_details: true, can_view_documents: true }
      const id = PORTAL_ID(n)
      return [
        { id, portal_id: id, portal_user_id: ada.id, access_level: 'full', source: 'staff', granted_at: now, ...flags },
      ]
    }),
  )
  const tops = each((tree, n) => folderRows(tree, n))
  await put('folders', tops)
  await updateMany(db, 'folders', ['parent_id'], trees.flatMap(parentRows))
  await put('documents', each(documentRows))
  const none = { portal_access_id: 0, folder_id: null, document_id: null, created_at: now }
  await put('access_denials', [
    ...each((tree, n) =>
      tree.deniedFolders.map(f => ({ ...none, portal_access_id: PORTAL_ID(n), folder_id: FOLDER_ID(n, f) })),
    ),
    ...each((tree, n) =>
      tree.deniedDocuments.map(d => ({ ...none, portal_access_id: PORTAL_ID(n), document_id: FOLDER_ID(n, d) })),
    ),
  ])
}

function folderRows(tree: Grown, n: number) {
  return tree.parents.map((_, f) => {
    const name = `folder ${String(f)}`
    return { id: FOLDER_ID(n, f), portal_id: PORTAL_ID(n), name, name_normalized: name, created_at: 1 }
  })
}

function parentRows(tree: Grown, n: number) {
  return tree.parents.map((parent, f) => ({ id: FOLDER_ID(n, f), parent_id: parent < 0 ? null : FOLDER_ID(n, parent) }))
}

function documentRows(tree: Grown, n: number) {
  return tree.places.map((place, d) => {
    const name = `document ${String(d)}.pdf`
    const id = FOLDER_ID(n, d)
    const file = { storage_key: 'k', size: 1, media_type: 'application/pdf', sha256: 'k' }
    const folder_id = place < 0 ? null : FOLDER_ID(n, place)
    return {
      id,
      public_id: String(id),
      portal_id: PORTAL_ID(n),
      folder_id,
      name,
      name_normalized: name,
      ...file,
      created_at: 1,
    }
  })
}

/** Where the database and the model say different things; lists, search and counts are asked in every tenth tree. */
async function differences({ db }: World, trees: Grown[]): Promise<string[]> {
  const wrong: string[] = []
  for (const [n, tree] of trees.entries()) {
    const viewer: Viewer = { portalId: PORTAL_ID(n), holder: { accessId: PORTAL_ID(n) } }
    const folders = await visibleFolders(db, viewer).pluck<number[]>('folders.id')
    const documents = await visibleDocuments(db, viewer).pluck<number[]>('documents.id')
    const said = { folders: sorted(folders), documents: sorted(documents) }
    const expected = {
      folders: tree.parents
        .map((_, f) => f)
        .filter(f => !isDenied(tree, f))
        .map(f => FOLDER_ID(n, f)),
      documents: tree.places
        .map((_, d) => d)
        .filter(d => !tree.deniedDocuments.includes(d) && !isDenied(tree, tree.places[d] ?? -1))
        .map(d => FOLDER_ID(n, d)),
    }
    if (JSON.stringify(said) !== JSON.stringify(expected)) wrong.push(`${String(n)}: ${JSON.stringify({ tree, said })}`)
    const all = expected.folders.length + expected.documents.length
    if (n % 10 === 0 && !(await listsAgree(db, viewer, all))) wrong.push(`${String(n)}: the lists`)
  }
  return wrong
}

async function listsAgree(db: World['db'], viewer: Viewer, all: number): Promise<boolean> {
  const asked = { folderId: null, text: 'o', order: 'name' } as const
  const survey = await surveyOf(db, viewer, asked)
  const found = await contentsPage(db, viewer, asked, survey, { page: 1, perPage: 100 })
  const whole = await documentTree(db, viewer)
  return found.folders.length + found.documents.length === all && countTree(whole) === all
}

function sorted(ids: number[]): number[] {
  return ids.toSorted((a, b) => a - b)
}
