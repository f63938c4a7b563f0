import { useEffect, useRef, useState } from 'preact/hooks'
import type { ProgrammeProblem } from '#protocol/head-office/programmes.ts'
import { language, say } from '../../shared/language.ts'
import { Loading } from '../../shared/states.tsx'
import type { Editor } from './editor.ts'
import { words } from './words.ts'

interface EditorPaneProps {
  /** The text that the editor begins with; a new `round` puts it in again. */
  text: string
  round: number
  problems: readonly ProgrammeProblem[]
  /** The line to go to; a new object goes there again. */
  target: { line: number } | undefined
  onChange: (text: string) => void
}

/** The editor comes in a file of its own, with this screen only. */
export function EditorPane({ text, round, problems, target, onChange }: EditorPaneProps) {
  const place = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor>()
  const change = useRef(onChange)
  change.current = onChange
  const first = useRef(text)
  useEffect(() => {
    let gone = false
    let made: Editor | undefined
    void import('./editor.ts').then(({ openEditor }) => {
      if (gone || !place.current) return
      const label = words.editorLabel[language.peek()]
      made = openEditor({ place: place.current, label, text: first.current, onChange: (now) => change.current(now) })
      setEditor(made)
    })
    return () => {
      gone = true
      made?.destroy()
    }
  }, [])
  useEffect(() => {
    if (editor && editor.text() !== text) editor.setText(text)
  }, [editor, round])
  useEffect(() => editor?.mark(problems), [editor, problems])
  useEffect(() => {
    if (target) editor?.goTo(target.line)
  }, [editor, target])
  return (
    <div class="programme-editor" role="group" aria-label={say(words.editorLabel)}>
      {!editor && <Loading rows={8} />}
      <div ref={place} class="programme-editor-place" />
    </div>
  )
}
