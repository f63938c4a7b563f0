import type { Connection } from '#drivers/contract.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { TestHost } from './test-host.ts'

/**
 * A lane as a driver meets it: it answers each request by the function that stands for its `op`, and keeps silent where
 * there is none.
 */
export function laneBehind(test: TestHost, till: () => Connection['till']) {
  type Answers = { [Op in TillRequest['op']]?: (request: Extract<TillRequest, { op: Op }>) => TillResponse[] }
  const asked: TillRequest[] = []
  let answers: Answers = {}
  const { host } = test
  const event = host.event.bind(host)
  host.event = (happened) => {
    event(happened)
    if (happened.kind !== 'till') return
    const { request } = happened
    asked.push(request)
    const answer = answers[request.op] as ((of: TillRequest) => TillResponse[]) | undefined
    // As a real lane does: never within the request itself.
    setImmediate(() => {
      for (const response of answer?.(request) ?? []) till()?.send({ ...response, re: request.id } as TillResponse)
    })
  }
  return {
    asked,
    answers(these: Answers) {
      answers = { ...answers, ...these }
    },
    says: (response: TillResponse) => till()?.send(response),
  }
}
