import { describe, expect, it } from 'vitest'
import { parseConfig } from '#runtime/config.ts'
import { gatewayConfig } from './config.ts'

const yaml = (more = '', url = 'mqtt://127.0.0.1:1883') => `store: s1
club: { name: vafa, url: '${url}', secretFile: secrets/club }
tokenKey: { keyid: k1, secretFile: secrets/token-key }
database: data/gateway.sqlite
lanes:
  - lane: lane-1
${more}`
const read = (text: string) => parseConfig(text, gatewayConfig, 'gateway.yaml')

describe('gateway.yaml', () => {
  it('needs little: the rest is as most stores have it', () => {
    expect(read(yaml())).toMatchObject({
      timeZone: 'Asia/Tehran',
      language: 'fa',
      currency: 'IRR',
      moneyShown: 'toman',
      lanes: [{ mode: 'live', budgetMs: 1_500, receipt: { via: 'own' }, earnOnly: false }],
      devices: [],
    })
  })

  it('refuses two lanes or two devices of one name, at their line', () => {
    expect(() => read(yaml('  - lane: lane-1\n'))).toThrow(/gateway.yaml:7: lanes.1.lane: there are two lanes “lane-1”/)
    const device = '  - { device: d, lane: lane-1, driver: pcsc }\n'
    expect(() => read(yaml(`devices:\n${device}${device}`))).toThrow(/two devices “d”/)
  })

  it('does not judge what only one device is about', () => {
    expect(read(yaml('devices:\n  - { device: d, lane: nowhere, driver: toaster, options: 5 }\n')).devices).toHaveLength(1)
  })

  it('does not send the secret in the clear over a network, unless told to', () => {
    expect(() => read(yaml('', 'mqtt://club.example:1883'))).toThrow(/club.url: plain mqtt:\/\//)
    expect(() => read(yaml('', 'http://club.example'))).toThrow(/must be mqtt:\/\//)
    expect(read(yaml('', 'mqtts://club.example:8883')).club.url).toBe('mqtts://club.example:8883')
    expect(read(yaml('', 'mqtt://club.example:1883').replace('secrets/club', 'secrets/club, insecure: true')).club.insecure).toBe(
      true,
    )
    expect(read(yaml('', 'mqtt://[::1]:1883')).club.url).toContain('::1')
  })

  it('refuses a key that it does not know, and a time zone that is none', () => {
    expect(() => read(yaml('budget: 5\n'))).toThrow(/budget/)
    expect(() => read(yaml('timeZone: Tehran\n'))).toThrow(/timeZone: is not a time zone/)
  })
})
