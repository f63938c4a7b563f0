import { expect, it } from 'vitest'
import { storeTopics } from '#protocol/topics.ts'
import { saidToTheClub, storeAccess } from '../acl.ts'
import { planMosquitto } from './mosquitto-config.ts'

const files = new Map(
  planMosquitto({
    club: 'demo',
    folder: '/var/lib/vafa/mosquitto',
    boxes: { host: '0.0.0.0', port: 8883 },
    url: new URL('mqtts://127.0.0.1:8885'),
    plugin: '/usr/lib/plugin.so',
  }).map(({ path, text }) => [path, text]),
)

it('a box has the same rights at Mosquitto as at the club’s own broker', () => {
  const rights = [...(files.get('boxes.acl') ?? '').matchAll(/^pattern (\S+) (\S+)$/gm)].map(([, right = '', topic = '']) => ({
    right,
    topic: topic.replace('%u', 's1'),
  }))
  const { mayPublish, maySubscribe } = storeAccess('demo', 's1')
  const fill = (filter: string) => filter.replace('+', filter.includes('requests') || filter.includes('facts') ? '07' : 'x')
  for (const { right, topic } of rights) {
    expect({ topic, write: mayPublish(fill(topic)), read: maySubscribe(topic) }).toEqual({
      topic,
      write: right.includes('write'),
      read: right.startsWith('read'),
    })
  }
  const topics = storeTopics('demo', 's1')
  const one = [topics.replies, topics.state, topics.commands, topics.downs, topics.device('+'), topics.result('+')]
  expect(rights.map(({ topic }) => topic).sort()).toEqual([...one, `${topics.base}/facts/+`, `${topics.base}/requests/+`].sort())
})

it('what is said to the club alone is what a store may say and no store may read', () => {
  const { mayPublish, maySubscribe } = storeAccess('demo', 's1')
  const topics = storeTopics('demo', 's1')
  const alone = saidToTheClub('demo')
  for (const topic of [topics.facts('key'), topics.requests('key')])
    expect({ alone: alone(topic), said: mayPublish(topic), read: maySubscribe(topic) }).toEqual({
      alone: true,
      said: true,
      read: false,
    })
  for (const topic of [
    topics.replies,
    topics.state,
    topics.device('pcsc'),
    topics.result('logs'),
    'vafa/v1/other/stores/s1/facts/07',
  ])
    expect({ topic, alone: alone(topic) }).toEqual({ topic, alone: false })
})

it('boxes meet the network, the club’s listener on the loopback meets nobody else', () => {
  const listeners = [...(files.get('mosquitto.conf') ?? '').matchAll(/^listener .*$/gm)].map(([line]) => line)
  expect(listeners).toEqual(['listener 8883 0.0.0.0', 'listener 8885 127.0.0.1'])
})
