import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { posNexoDriver } from '#drivers/pos-nexo/driver.ts'
import { makeTrialCertificate } from '#simulators/network/certificate.ts'
import { answerFrom, type NexoAnswer } from '#simulators/nexo-till/nexo-till.ts'
import { keys, nexoDesk, party, sale, sara, till } from './nexo-desk.ts'

const desk = nexoDesk()

const sockets: WebSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
})

describe('who may speak', () => {
  const two = () => ({
    tls: desk.tls(),
    tills: [
      { ...party, lane: 'lane-1', secretFile: join(desk.folder, 'one') },
      { saleid: 'Till-2', poiid: 'VAFA-2', lane: 'lane-2', secretFile: join(desk.folder, 'two') },
    ],
  })
  const trust = () => ({ ca: desk.box.certificate })

  test('is known by the key, and stands at its own lane', async () => {
    const port = await desk.open(two())
    const one = till(port, { trust: trust(), key: keys.one })
    const second = till(port, { saleid: 'Till-2', poiid: 'VAFA-2', trust: trust(), key: keys.two })
    void second.loyalty({ type: 'Rebate', sale }).catch(() => {})
    expect(await desk.host.event('till')).toMatchObject({ lane: 'lane-2', request: { op: 'open' } })
    expect([...(desk.connection?.tills?.keys() ?? [])]).toEqual(['lane-1', 'lane-2'])
    const stranger = await till(port, { trust: trust(), key: keys.stranger }).call('Diagnosis', {})
    expect(stranger.status).toBe(401)
    expect((await till(port, { trust: trust() }).call('Diagnosis', {})).status).toBe(401)
    one.fault('wrong header')
    expect((await one.loyalty({ type: 'Award', sale })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })

  test('is known by a certificate that the store’s own authority signed', async () => {
    const client = await makeTrialCertificate('till')
    writeFileSync(join(desk.folder, 'clients.crt'), client.certificate)
    const { X509Certificate } = await import('node:crypto')
    const certificate = new X509Certificate(client.certificate).fingerprint256
    const port = await desk.open({
      tls: { ...desk.tls(), clientCaFile: join(desk.folder, 'clients.crt') },
      tills: [{ ...party, certificate }],
    })
    desk.obliging()
    const known = await till(port, { trust: trust(), certificate: client }).call('Diagnosis', {})
    expect(known.response?.Result).toBe('Success')
    const other = await makeTrialCertificate('till')
    expect((await till(port, { trust: trust(), certificate: other }).call('Diagnosis', {})).status).toBe(401)
    expect((await till(port, { trust: trust() }).call('Diagnosis', {})).status).toBe(401)
  })

  test('is no web page that somebody has open at the till’s machine', async () => {
    const port = await desk.open()
    const page = await fetch(`http://127.0.0.1:${port}/nexo`, {
      method: 'POST',
      body: '{}',
      headers: { origin: 'https://evil.test' },
    })
    expect(page.status).toBe(403)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nexo`, { headers: { origin: 'https://evil.test' } })
    await expect(new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))).rejects.toThrow('403')
  })

  test('cannot come from another machine without TLS and a key, unless somebody means it', async () => {
    const connect = (options: object) =>
      posNexoDriver.connect(posNexoDriver.options.parse({ host: '0.0.0.0', port: 0, tills: [party], ...options }), desk.host.host)
    for (const options of [{}, { tls: desk.tls() }, { tills: [{ ...party, secretFile: join(desk.folder, 'one') }] }])
      await expect(connect(options)).rejects.toMatchObject({ key: 'device.insecure', permanent: true })
    for (const options of [{ insecure: true }, { tls: desk.tls(), tills: [{ ...party, secretFile: join(desk.folder, 'one') }] }])
      await (await connect(options)).close()
  })

  test('has logged in, where the box wants that', async () => {
    desk.obliging()
    desk.lane.answers({ 'sign-on': ({ operator }) => [{ op: 'signed-on', operator }], 'sign-off': () => [{ op: 'signed-off' }] })
    const client = till(await desk.open({ login: 'required' }))
    expect((await client.loyalty({ type: 'Rebate', sale })).response).toMatchObject({ ErrorCondition: 'LoggedOut' })
    const login = await client.call('Login', { OperatorID: 'reza', ShiftNumber: '2', OperatorLanguage: 'en' })
    expect(login.body).toMatchObject({ POISystemData: { POISoftware: { ApplicationName: 'Vafa' } } })
    expect(desk.asked('sign-on')).toMatchObject([{ operator: 'reza', shift: '2' }])
    expect((await client.loyalty({ type: 'Rebate', sale })).response?.Result).toBe('Success')
    await client.call('Logout', {})
    expect((await client.loyalty({ type: 'Award', sale })).response).toMatchObject({ ErrorCondition: 'LoggedOut' })
    expect((await client.call('Login', { TrainingModeFlag: true })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })
})

describe('a till that misbehaves', () => {
  test('with half a request, too much, or no nexo at all, harms nobody else', async () => {
    desk.obliging()
    const port = await desk.open()
    const bad = till(port)
    const half = new AbortController()
    bad.fault('half a request')
    const stuck = bad.call('Diagnosis', {}, { signal: half.signal })
    bad.fault('oversized')
    expect((await bad.call('Diagnosis', {}).catch(() => ({ status: 413 }))).status).toBe(413)
    bad.fault('garbage')
    expect((await bad.call('Diagnosis', {})).body).toMatchObject({ EventToNotify: 'Reject' })
    expect((await bad.call('Loyalty', { LoyaltyTransaction: {} })).response).toMatchObject({ ErrorCondition: 'MessageFormat' })
    expect((await till(port).call('Diagnosis', {})).response?.Result).toBe('Success')
    half.abort()
    await expect(stuck).rejects.toBeTruthy()
  })

  test('and hangs up before its award is answered finds out by its status', async () => {
    desk.obliging()
    const client = till(await desk.open())
    client.fault('hang up')
    await expect(client.loyalty({ type: 'Award', sale }, { serviceid: '77' })).rejects.toMatchObject({ key: 'till.ended' })
    await desk.host.event('till', ({ request }) => request.op === 'record')
    await expect.poll(async () => (await client.statusOf('77')).response?.Result).toBe('Success')
  })
})

describe('a WebSocket', () => {
  const connect = async (port: number) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nexo`)
    sockets.push(socket)
    const heard: NexoAnswer[] = []
    socket.on('message', (data: Buffer) => heard.push(answerFrom(200, data.toString('utf8'))))
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    return { socket, heard }
  }

  test('carries requests and responses, and what the box says by itself', async () => {
    desk.obliging()
    const { socket, heard } = await connect(await desk.open())
    const events = () => heard.flatMap(({ body }) => (body?.EventToNotify ? [body.EventToNotify] : []))
    desk.connection?.till?.notice?.({ kind: 'uplink', state: 'online' })
    desk.connection?.till?.notice?.({ kind: 'presented', via: 'nfc-uid' })
    desk.lane.says(sara)
    desk.connection?.till?.notice?.({ kind: 'removed' })
    desk.lane.says({ op: 'scanned', is: 'product', code: '6260100110011' })
    desk.connection?.till?.notice?.({ kind: 'uplink', state: 'offline' })
    desk.connection?.till?.notice?.({ kind: 'uplink', state: 'online' })
    desk.connection?.till?.notice?.({ kind: 'printer', status: { online: true, cover: 'closed', paper: 'end', cutter: 'ok' } })
    await expect
      .poll(events)
      .toEqual([
        'CardInserted',
        'SaleWakeUp',
        'CardRemoved',
        'ScanBarcodeResult',
        'NetworkDisconnected',
        'NetworkConnected',
        'OutOfOrder',
      ])
    expect(heard.map(({ text }) => text).join()).not.toContain('100042')
    socket.send(
      JSON.stringify({
        SaleToPOIRequest: {
          MessageHeader: {
            MessageClass: 'Service',
            MessageCategory: 'Diagnosis',
            MessageType: 'Request',
            ServiceID: '5',
            SaleID: 'Till-1',
            POIID: 'VAFA-1',
          },
          DiagnosisRequest: { HostDiagnosisFlag: true },
        },
      }),
    )
    await expect
      .poll(() => heard.find(({ header }) => header?.ServiceID === '5')?.body)
      .toMatchObject({
        POIStatus: { GlobalStatus: 'OK', CommunicationOKFlag: true, PrinterStatus: 'NoPaper' },
        HostStatus: [{ AcquirerID: 'Vafa', IsReachableFlag: true }],
      })
  })
})
