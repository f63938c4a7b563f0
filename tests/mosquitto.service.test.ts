import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { storeTopics } from '#protocol/topics.ts'
import { signUp, whenClubAnswers } from './chain.ts'
import { heardBy, login, startTrustingClub } from './trusting-club.ts'

// What is Mosquitto's own; what it must hold as the club's own broker does is in trusted-lines.service.test.ts.

it('after Mosquitto was killed and started again boxes sell on and are told again what they were told; nothing of it was on its disk', async () => {
  const world = await startTrustingClub('mosquitto')
  onTestFinished(() => world.close())
  const box = await world.startBox(await world.enrol('s1'))
  await expect.poll(() => box.gateway.online, { timeout: 10_000 }).toBe(true)
  await signUp(box.till, '09121234567')
  await world.restartBroker()
  await expect.poll(() => box.gateway.online, { timeout: 1_000 }).toBe(false)
  await expect.poll(() => box.gateway.online, { timeout: 15_000 }).toBe(true)
  await whenClubAnswers(box.till)
  expect(await box.sell(900_000)).toMatchObject({ op: 'result', status: 'accepted' })
  await expect.poll(async () => (await world.club.books.sales({ limit: 9 })).length).toBe(1)
  const { client } = await world.login(await world.enrol('s2'))
  const heard = heardBy(client)
  await client.subscribeAsync('vafa/v1/demo/stores/s2/down/+', { qos: 1 })
  await expect
    .poll(() => heard.map(({ topic }) => topic.split('/').at(-1)).sort())
    .toEqual(expect.arrayContaining(['keys', 'programme']))

  // At the club's own listener a box may nothing at all.
  const astray = await login(world.clubPort, await world.enrol('s2'))
  onTestFinished(() => void astray.client.end(true))
  const granted = await astray.client.subscribeAsync(storeTopics('demo', 's2').state).catch((error: Error) => error.message)
  expect(JSON.stringify(granted)).toMatch(/128|Unspecified/)

  // The authority's key is not among Mosquitto's files, what is secret there is not for everybody, and no message is.
  const at = (path: string) => join(world.folder, 'mosquitto', path)
  const key = readFileSync(join(world.folder, 'trust/authority-key.pem'), 'utf8').slice(40, 100)
  await world.mosquitto?.stop()
  const files = readdirSync(at('.'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'latin1')
    expect(text, name).not.toContain(key)
    expect(text, name).not.toContain('vafa.programme')
    expect(text, name).not.toContain('signature')
  }
  expect(files.map(({ name }) => name)).not.toContain('mosquitto.db')
  for (const path of ['.', 'server-key.pem', 'state/dynamic-security.json']) expect(statSync(at(path)).mode & 0o007).toBe(0)
})
