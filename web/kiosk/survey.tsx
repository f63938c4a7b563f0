import { useEffect, useState } from 'preact/hooks'
import { Button } from '../shared/button.tsx'
import { say } from '../shared/language.ts'
import { digits } from '../shared/pad.tsx'
import { Form } from './form.tsx'
import { Keyboard } from './keyboard.tsx'
import { go, goHome, line } from './state.ts'
import { words } from './words.ts'

const commentMost = 300
const thanksMs = 4_000

/** Four answers, one touch; then a word, who wants to say one. */
export function Survey() {
  const survey = line.access.value?.survey
  const [option, setOption] = useState<number>()
  const [comment, setComment] = useState('')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  if (!survey) return null
  const send = async () => {
    if (option === undefined) return
    setBusy(true)
    const said = comment.trim()
    const answer = await line.ask({ op: 'answer-survey', surveyid: survey.id, option, ...(said ? { comment: said } : {}) })
    setBusy(false)
    if (answer?.op === 'noted') return go({ at: 'thanks' })
    setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  if (option === undefined)
    return (
      <section class="kiosk-form kiosk-wide">
        <h1>{say(survey.question)}</h1>
        <div class="survey-options">
          {survey.options.map((text, n) => (
            <button key={text.en} type="button" class="survey-option" onClick={() => setOption(n + 1)}>
              <span class="survey-number" aria-hidden="true">
                {digits(String(n + 1))}
              </span>
              {say(text)}
            </button>
          ))}
        </div>
        <Button onPress={goHome}>{say(words.back)}</Button>
      </section>
    )
  return (
    <Form wide ready={true} onDone={() => void send()}>
      <h1>{say(words.surveyComment)}</h1>
      <textarea
        class="text-field text-area"
        aria-label={say(words.surveyComment)}
        dir="auto"
        inputMode="none"
        maxLength={commentMost}
        value={comment}
        onInput={(event) => setComment(event.currentTarget.value)}
      />
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <Keyboard text={comment} onText={setComment} most={commentMost} />
      <div class="kiosk-row">
        <Button onPress={() => setOption(undefined)}>{say(words.back)}</Button>
        <Button look="main" submits busy={busy}>
          {say(words.surveySend)}
        </Button>
      </div>
    </Form>
  )
}

export function Thanks() {
  useEffect(() => {
    const timer = setTimeout(goHome, thanksMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <section class="kiosk-centre">
      <div role="status">
        <h1>{say(words.thanks)}</h1>
      </div>
    </section>
  )
}
