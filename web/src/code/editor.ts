/** The code editor: CodeMirror in the page's colours. Loaded when the panel comes into view. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  keymap,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword],
    color: 'var(--weight-negative)',
  },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--thread-4)' },
  { tag: tags.string, color: 'var(--thread-4)' },
  { tag: tags.function(tags.variableName), color: 'var(--thread-4)' },
  { tag: tags.function(tags.propertyName), color: 'var(--thread-4)' },
  { tag: tags.comment, color: 'var(--quiet)' },
]);

const look = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--ink)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.62' },
  '.cm-content': { padding: '18px 0', caretColor: 'var(--ink)', fontVariantLigatures: 'none' },
  '.cm-line': { padding: '0 22px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    {
      backgroundColor: 'color-mix(in srgb, var(--quiet) 30%, transparent)',
    },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'color-mix(in srgb, var(--quiet) 24%, transparent)',
  },
});

/** Names that belong to a call carry its colour: a, xa, ya, ta and b, xb, yb, tb. */
const names = new MatchDecorator({
  regexp: /(?<![\w'"$.])[xyt]?([ab])(?![\w'"$])/g,
  decoration: (match) =>
    Decoration.mark({
      attributes: { style: `color: var(--thread-${match[1] === 'a' ? 1 : 2})` },
      inclusive: false,
    }),
});
const callNames = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = names.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.decorations = names.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

export interface Editor {
  text(): string;
  replace(text: string): void;
  destroy(): void;
}

export function openEditor(
  parent: HTMLElement,
  text: string,
  onedit: () => void,
  onrun: () => void,
): Editor {
  let own = false; // a change made by the page, not by the reader
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        javascript(),
        syntaxHighlighting(colours),
        callNames,
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': 'Program. Escape and then Tab leaves the editor.',
        }),
        keymap.of([
          { key: 'Mod-Enter', run: () => (onrun(), true) },
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !own) onedit();
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (next) => {
      if (next === view.state.doc.toString()) return;
      own = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      own = false;
    },
    destroy: () => view.destroy(),
  };
}
