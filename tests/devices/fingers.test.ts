import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clubOnTrial } from '#club/club-on-trial.ts'
import { controlPath } from '#gateway/config.ts'
import { reachGateway } from '#gateway/control.ts'
import { tokenise } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import { emptyFlash } from '#simulators/fingerprint/sensor-model.ts'
import { clubOfSara, mobile, sara, storeOf, storeWithFinger } from './store-with-finger.ts'

type Store = Awaited<ReturnType<typeof storeWithFinger>>

/** A store whose sensor holds a finger of Sara's. */
async function withSara(): Promise<Store> {
  const store = await storeWithFinger()
  await store.plug()
  await store.start()
  await store.health('ready')
  await store.online()
  await store.present()
  expect(await store.enrol('sara')).toMatchObject({ op: 'finger-enrolled', memberid: sara })
  await store.next()
  return store
}

describe('a finger at a lane', () => {
  test('is stored with the consent on disk before it, and identifies the member from then on', async () => {
    const store = await withSara()
    expect(store.slots()).toEqual([0])
    await store.club.until(() => store.club.facts().length === 2)
    const [consent, linked] = store.club.facts()
    expect(consent).toMatchObject({
      type: 'vafa.member.updated.v1',
      data: { memberid: sara, consents: [{ purpose: 'fingerprint', given: true }] },
    })
    expect(linked).toMatchObject({ type: 'vafa.card.linked.v1', data: { memberid: sara, credential: { kind: 'fingerprint' } } })
    const token = linked?.type === 'vafa.card.linked.v1' ? linked.data.credential.token : undefined

    await store.sensor().looked()
    store.sensor().press('sara')
    const answer = await store.till().waitFor(({ op, re }) => op === 'member' && re === undefined)
    expect(answer).toMatchObject({ member: { memberid: sara } })
    const asked = store.club.messages.findLast(({ type }) => type === 'vafa.credential.presented.v1')
    expect(asked).toMatchObject({ data: { credential: { kind: 'fingerprint', token } } })
  })

  test('that nobody knows is refused with what to do', async () => {
    const store = await storeWithFinger()
    await store.plug()
    await store.start()
    await store.health('ready')
    store.sensor().press('a stranger')
    const answer = await store.till().waitFor(({ op }) => op === 'error')
    expect(answer).toMatchObject({ error: describeError('finger.unknown', 'the sensor knows no such finger') })
  })

  test('is not stored for whom the club does not know, without a sensor, or while the club is away', async () => {
    const store = await storeWithFinger()
    await store.start()
    await store.online()
    expect(await store.enrol('sara')).toMatchObject({ error: { key: 'finger.absent' } })
    await store.plug()
    await store.health('ready')
    expect(await store.enrol('sara')).toMatchObject({ error: { key: 'request.invalid' } })
    await store.present()
    store.club.answerWith(() => ({ status: 'declined', error: describeError('credential.unknown') }))
    expect(await store.enrol('sara')).toMatchObject({ error: { key: 'credential.unknown' } })
    await store.club.close()
    await expect.poll(() => store.gateway().online).toBe(false)
    expect(await store.enrol('sara')).toMatchObject({ error: { key: 'club.unavailable' } })
    expect(store.slots()).toEqual([])
  })

  test('that was not finished leaves nothing in the sensor, and the till hears why', async () => {
    const store = await storeWithFinger()
    await store.plug()
    await store.start()
    await store.health('ready')
    await store.online()
    await store.present()
    expect(await store.enrol('sara', 'reza')).toMatchObject({ op: 'error', error: { key: 'finger.differs' } })
    const late = await store.till().request({ op: 'enrol-finger', consent: true })
    expect(late).toMatchObject({ op: 'error', error: { key: 'finger.late' } })
    expect(store.slots()).toEqual([])
    expect(await store.enrol('sara')).toMatchObject({ op: 'finger-enrolled' })
    expect(store.slots()).toHaveLength(1)
  })

  test('is refused where the sensor is full', async () => {
    const store = await storeWithFinger({ capacity: 1 })
    await store.plug()
    await store.start()
    await store.health('ready')
    await store.online()
    await store.present()
    expect(await store.enrol('sara')).toMatchObject({ op: 'finger-enrolled' })
    expect(await store.enrol('another')).toMatchObject({ error: { key: 'finger.full' } })
  })

  test('that the club does not take is deleted again', async () => {
    const store = await storeWithFinger()
    await store.plug()
    await store.start()
    await store.health('ready')
    await store.online()
    await store.present()
    store.club.answerWith((message) =>
      message.type === 'vafa.card.linked.v1'
        ? { status: 'quarantined', error: describeError('member.unknown') }
        : clubOfSara(message),
    )
    await store.enrol('sara')
    await expect.poll(store.slots).toEqual([])
  })

  test('goes when the member takes the consent back', async () => {
    const store = await withSara()
    await store.present()
    expect(await store.till().request({ op: 'forget-finger' })).toMatchObject({ op: 'finger-forgotten', fingers: 1 })
    await expect.poll(store.slots).toEqual([])
    await store.club.until(() => store.club.facts().length === 3)
    expect(store.club.facts().at(-1)).toMatchObject({ data: { consents: [{ purpose: 'fingerprint', given: false }] } })
  })

  test('is told nowhere but as a token: not in the database, not on the wire', async () => {
    const store = await withSara()
    await store.club.until(() => store.club.facts().length === 2)
    const kept = readdirSync(store.folder).filter((file) => !file.endsWith('.sock'))
    const files = kept.map((file) => readFileSync(join(store.folder, file), 'latin1'))
    const said = JSON.stringify(store.club.messages)
    for (const text of [...files, said]) {
      expect(text).not.toContain('sara')
      expect(text).not.toMatch(/\|0\|/)
    }
  })
})

describe('a member who asked to be forgotten', () => {
  test('goes from the sensor, and the lane knows the finger no more', async () => {
    const store = await withSara()
    await store.club.send(store.club.topics.down('erased-1'), { memberids: [sara] }, true)
    await expect.poll(store.slots).toEqual([])
    await store.sensor().looked()
    store.sensor().press('sara')
    await store.till().waitFor(({ op }) => op === 'error')
  })

  test('goes from a sensor that was away, also over a restart of the box', async () => {
    const store = await withSara()
    await store.unplug()
    await store.health('absent')
    await store.club.send(store.club.topics.down('erased-1'), { memberids: [sara] }, true)
    // What the club answers after it shows that the news has arrived.
    await store.till().request({ op: 'present', credential: { kind: 'phone', value: '09120000000' } }, { until: 'member' })
    await store.stop()
    expect(store.slots()).toEqual([0])
    await store.start()
    await store.plug()
    await expect.poll(store.slots, { timeout: 5_000 }).toEqual([])
  })
})

describe('a sensor that is plugged in', () => {
  test('is known again after it was away, and after a restart of the box', async () => {
    const store = await withSara()
    await store.unplug()
    await store.health('absent')
    await store.plug()
    await store.health('ready')
    store.sensor().press('sara')
    await store.till().waitFor(({ op, re }) => op === 'member' && re === undefined)
    await store.stop()
    await store.start()
    await store.health('ready')
    store.sensor().lift()
    await store.sensor().looked()
    store.sensor().press('sara')
    await store.till().waitFor(({ op, re }) => op === 'member' && re === undefined)
  })

  test('with somebody’s fingers in it is not used, and says how to begin anew', async () => {
    const store = await storeWithFinger({ flash: { ...emptyFlash(), fingers: { 3: 'somebody' } } })
    await store.plug()
    await store.start()
    await store.health('degraded', /vafa fingers empty finger-1/)
    store.sensor().press('somebody')
    await store.online()
    await store.present()
    expect(await store.enrol('sara')).toMatchObject({ error: { key: 'finger.absent' } })
    expect(store.slots()).toEqual([3])
  })

  test('that lost a finger, or has one more, is not used: it might name another member', async () => {
    const store = await withSara()
    await store.unplug()
    await store.health('absent')
    store.flash.fingers[9] = 'slipped in'
    await store.plug()
    await store.health('degraded', /1 are there that this box did not put there: `vafa fingers keep finger-1`/)
    await store.unplug()
    await store.health('absent')
    store.flash.fingers = {}
    await store.plug()
    await store.health('degraded', /1 of the fingers that this box knows are gone/)
  })

  test('goes on with the fingers that both know, or begins anew, as its technician decides', async () => {
    const store = await withSara()
    store.flash.fingers[9] = 'slipped in'
    await store.unplug()
    await store.health('absent')
    await store.plug()
    await store.health('degraded', /fingers keep/)
    const operator = await reachGateway(join(store.folder, controlPath(store.config)))
    onTestFinished(() => operator?.close())
    expect(await operator?.fingers()).toMatchObject([{ device: 'finger-1', state: 'refused', fingers: 1, capacity: 200 }])
    expect(await operator?.keepFingers('finger-1')).toEqual({ kept: 1, deleted: 1, forgotten: 0 })
    expect(store.slots()).toEqual([0])
    await store.health('ready')
    await operator?.emptyFingers('finger-1')
    expect(store.slots()).toEqual([])
    expect(await operator?.fingers()).toMatchObject([{ device: 'finger-1', state: 'ready', fingers: 0 }])
    await expect(operator?.keepFingers('finger-2')).rejects.toMatchObject({ key: 'finger.absent' })
  })

  test('that cannot clear a slot says nobody’s name for it, and is cleared when it can be', async () => {
    const store = await withSara()
    store.sensor().fault('worn')
    await store.club.send(store.club.topics.down('erased-1'), { memberids: [sara] }, true)
    // Until the box has heard of the erasure the finger is still Sara's.
    const pressed = async () => {
      await store.sensor().looked()
      store.sensor().press('sara')
      return (await store.till().waitFor(({ op, re }) => re === undefined && (op === 'error' || op === 'member'))).op
    }
    await expect.poll(pressed, { timeout: 20_000 }).toBe('error')
    expect(store.slots()).toEqual([0])
    await store.unplug()
    await store.health('absent')
    await store.plug()
    await expect.poll(store.slots, { timeout: 5_000 }).toEqual([])
  })
})

describe('the club and its stores', () => {
  test('a member erased in one store is gone from the sensor of another that was away', async () => {
    const trial = await clubOnTrial({})
    const store = await storeOf({ name: 'demo', port: trial.club.port, secret: 'the secret of s1' })
    await store.plug()
    await store.start()
    await store.health('ready')
    await store.online()
    const other = await trial.connect('s2')
    const memberid = await other.enrol(tokenise(mobile, { keyid: 'k1', secret: Buffer.from('k'.repeat(43)) }))
    await store.present()
    expect(await store.enrol('sara')).toMatchObject({ op: 'finger-enrolled', memberid })
    const person = async () => trial.club.books.person((await trial.club.books.members())[0]?.number ?? '')
    await expect.poll(async () => (await person())?.credentials.map(({ kind }) => kind).sort()).toEqual(['fingerprint', 'phone'])
    const given = expect.objectContaining({ purpose: 'fingerprint', given: true, store: 's1' })
    expect((await person())?.consents).toContainEqual(given)
    await store.next()
    await store.sensor().looked()
    store.sensor().press('sara')
    await store.till().waitFor(({ op, re }) => op === 'member' && re === undefined)

    await store.unplug()
    await store.stop()
    await other.fact('vafa.member.erased.v1', { memberid })
    await store.start()
    await store.plug()
    await expect.poll(store.slots, { timeout: 10_000 }).toEqual([])
  })
})
