import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { ProgrammeProblem } from '#protocol/head-office/programmes.ts'

export interface Editor {
  text(): string
  setText(text: string): void
  /** Marks the lines that are wrong. */
  mark(problems: readonly ProgrammeProblem[]): void
  goTo(line: number): void
  setReadOnly(options: { readOnly: boolean }): void
  destroy(): void
}

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--ink)' },
  '.cm-scroller': { fontFamily: "var(--font-code), 'Vazirmatn Variable'", lineHeight: '1.65' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-faint)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--accent-soft)', color: 'var(--accent-strong)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--accent-soft) !important' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px solid var(--bad)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line)' },
})

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent-strong)' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--series-2)' },
  { tag: tags.comment, color: 'var(--ink-faint)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.punctuation], color: 'var(--ink-faint)' },
])

/** CodeMirror in a shadow root: its style sheets are adopted there, so that the page's policy lets no inline style in. */
export function openEditor(options: {
  place: HTMLElement
  label: string
  text: string
  onChange: (text: string) => void
}): Editor {
  const root = options.place.shadowRoot ?? options.place.attachShadow({ mode: 'open' })
  const editable = (yes: boolean) => [EditorState.readOnly.of(!yes), EditorView.editable.of(yes)]
  const stateOf = (text: string, readOnly = false) =>
    EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        yaml(),
        syntaxHighlighting(colours),
        lintGutter(),
        EditorView.lineWrapping,
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
        look,
        // YAML is written from the left; a Persian text in it turns within its own line only.
        EditorView.contentAttributes.of({ 'aria-label': options.label, dir: 'ltr', tabindex: '0' }),
        EditorView.perLineTextDirection.of(false),
        editable(!readOnly),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString())
        }),
      ],
    })
  const view = new EditorView({ state: stateOf(options.text), root, parent: root })
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark(problems) {
      const diagnostics = problems.map((one): Diagnostic => {
        const line = view.state.doc.line(Math.min(Math.max(1, one.line), view.state.doc.lines))
        return { from: line.from, to: line.to, severity: 'error', message: one.message }
      })
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    goTo(line) {
      const place = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines))
      view.dispatch({ selection: { anchor: place.from }, effects: EditorView.scrollIntoView(place.from, { y: 'center' }) })
      view.focus()
    },
    setReadOnly: ({ readOnly }) => view.setState(stateOf(view.state.doc.toString(), readOnly)),
    destroy: () => view.destroy(),
  }
}
