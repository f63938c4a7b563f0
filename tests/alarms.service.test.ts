import { join } from 'node:path'
import { expect, it } from 'vitest'
import { auditBooks } from '#club/audit/audit.ts'
import { cardOf, clubOnTrial } from '#club/club-on-trial.ts'
import { readClubConfig } from '#club/config.ts'
import { placeOf } from '#club/open-books.ts'
import { createPepper } from '#club/pepper.ts'
import { openSnapshot } from '#club/store/snapshot.ts'
import { readSecret } from '#runtime/config.ts'

const minute = 60_000
const goods = [{ product: 'goods', quantity: 1, amount: 100_000 }]
const card = cardOf('04A1B2C3')

it('one card in two stores and a cashier’s many returns are told once, also over a restart, and the journal alone tells the same', async () => {
  const trial = await clubOnTrial({})
  const [vanak, tajrish] = [await trial.connect('s1'), await trial.connect('s2')]
  await vanak.enrol(card)
  await vanak.buy(goods, card)
  trial.clock.now += 3 * minute
  await tajrish.buy(goods, card)
  const sales = []
  for (let n = 0; n < 11; n += 1) sales.push((await vanak.buy(goods, 'nobody')).saleid)
  for (const saleid of sales) await vanak.undo(saleid)
  const told = async () => (await trial.club.books.alerts({})).map(({ ruleid, store, at }) => ({ ruleid, store, at })).reverse()
  const at = new Date(trial.clock.now).toISOString()
  const alarms = expect.arrayContaining([
    { ruleid: 'two-stores', store: 's2', at },
    { ruleid: 'many-returns', store: 's1', at },
  ])
  await expect.poll(told, { timeout: 10_000 }).toEqual(alarms)

  await trial.stop()
  await trial.start()
  const again = await trial.connect('s2')
  await again.buy(goods, card)
  // Another alarm, so that what was read again has surely been gone through.
  const mina = cardOf('04A1B2C4')
  await again.enrol(mina)
  await again.buy(goods, mina)
  await (await trial.connect('s1')).buy(goods, mina)
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(3)
  expect(await told()).toEqual(alarms)
  await trial.stop()
  const config = readClubConfig(join(trial.folder, 'club.yaml'))
  const { engine, openFresh, close } = await openSnapshot(placeOf(config.database))
  const pepper = createPepper(readSecret(config.pepperFile, 'the pepper'))
  expect((await auditBooks({ books: engine, fresh: openFresh, pepper })).finding).toBeUndefined()
  await close()
}, 40_000)
