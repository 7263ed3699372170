import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { FILTER_KEYS, type FilterKey, type Part, termText } from "../../lib/filter";
import { edited, fieldOf, isDone, isWord, joinFilter, settled } from "./draft";
import styles from "./FilterField.module.css";
import { type KnownValue, type Suggestion, splitDraft, suggest } from "./suggestions";

/** How the filter was changed: while typing, or by a choice that going back should undo. */
export type Change = "typed" | "chosen";

interface FilterFieldProps {
  label: string;
  /** What it says while it is empty. */
  hint: string;
  text: string;
  /** What is wrong with it. */
  problem: string | undefined;
  keys: FilterKey[];
  values: Partial<Record<FilterKey, KnownValue[]>>;
  /** Told which filter the values are to be offered under, while any are: the words but those of the key being typed. */
  onOffer: (text: string | undefined) => void;
  onChange: (text: string, change: Change) => void;
  field: Ref<{ focus: () => void }>;
}

const PAUSE_MS = 160;

/** One field in which a filter is typed: what is understood becomes a word that can be removed. */
export function FilterField({ label, hint, text, problem, keys, values, onOffer, onChange, field }: FilterFieldProps) {
  const [typing, setTyping] = useState(() => fieldOf(text));
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState<number | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const listId = useId();
  const problemId = useId();
  useImperativeHandle(field, () => ({ focus: () => input.current?.focus() }), []);
  useEffect(() => () => clearTimeout(pause.current), []);

  const now = settled(typing, text);
  if (now !== typing) setTyping(now);
  const { parts, draft } = now;
  const terms = parts.map(({ term }) => term).filter((term) => term !== undefined);
  const split = splitDraft(draft, keys);
  const under = joinFilter(
    parts.filter(({ term }) => term && (split.key === undefined || term.key !== split.key)),
    "",
  );
  useEffect(() => onOffer(isOpen ? under : undefined), [isOpen, under, onOffer]);
  const suggestions = isOpen ? suggest(draft, keys, values, terms) : [];
  // Behind a key the first value is at hand; a word alone is text to be found, unless one goes down to a suggestion.
  const chosen = active ?? (split.key && split.rest !== "" && suggestions.length > 0 ? 0 : undefined);
  const isShown = isOpen && suggestions.length > 0;

  const change = (next: Part[], nextDraft: string, how: Change): void => {
    clearTimeout(pause.current);
    const field = edited(now, next, nextDraft, text);
    setTyping(field);
    setActive(undefined);
    if (how === "chosen") onChange(field.text, how);
    else pause.current = setTimeout(() => onChange(field.text, how), PAUSE_MS);
  };
  const type = (next: string): void => {
    setOpen(true);
    if (isDone(next)) commit(next);
    else change(parts, next, "typed");
  };
  const commit = (typed: string): void => change(fieldOf(joinFilter(parts, typed)).parts, "", "chosen");
  const choose = ({ term, draft: next }: Suggestion): void => {
    if (!term) {
      change(parts, next, "typed");
      setOpen(true);
    } else {
      change([...parts, { text: termText(term), term, problem: undefined }], "", "chosen");
      setOpen(false);
    }
    input.current?.focus();
  };
  const remove = (place: number): void => {
    change(
      parts.filter((_, other) => other !== place),
      draft,
      "chosen",
    );
    input.current?.focus();
    setOpen(false);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const length = suggestions.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen) setOpen(true);
      else if (length > 0) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setActive(chosen === undefined ? (step > 0 ? 0 : length - 1) : (chosen + step + length) % length);
      }
    } else if (event.key === "Enter") {
      const suggestion = chosen === undefined ? undefined : suggestions[chosen];
      if (suggestion) choose(suggestion);
      else if (isWord(draft)) {
        commit(draft);
        setOpen(false);
      }
    } else if (event.key === "Escape") {
      if (isShown) setOpen(false);
      else if (draft !== "") change(parts, "", "typed");
      else input.current?.blur();
    } else if (event.key === "Backspace" && draft === "" && parts.length > 0) {
      // The last word is there again to be edited.
      const last = parts.at(-1);
      if (last) change(parts.slice(0, -1), last.text, "typed");
    } else return;
    event.preventDefault();
  };

  return (
    <div className={styles.outer}>
      {/* The keyboard has its place in the field; a click beside it only helps the mouse to get there. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div
        className={`${styles.field} ${problem ? styles.wrong : ""}`}
        onClick={(event) => event.target === event.currentTarget && input.current?.focus()}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" className={styles.icon}>
          <path d="M2 4h12M4.5 8h7M6.5 12h3" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
        </svg>
        {parts.length > 0 ? (
          <ul className={styles.words} aria-label="Filters">
            {parts.map((part, place) => (
              // The same word may stand twice.
              // biome-ignore lint/suspicious/noArrayIndexKey: words have no other identity
              <li key={`${place} ${part.text}`} className={`${styles.word} ${part.problem ? styles.odd : ""}`} title={part.problem}>
                {part.term?.key ? (
                  <>
                    <span className={styles.key}>{part.term.key}</span>
                    <span className={styles.text}>{part.term.value}</span>
                  </>
                ) : (
                  <span className={styles.text}>{part.term?.value ?? part.text}</span>
                )}
                <button type="button" className={styles.remove} onClick={() => remove(place)} aria-label={`Remove the filter ${part.text}`}>
                  <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
                    <path d="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5" stroke="currentColor" strokeWidth="1.5" />
                  </svg>
                </button>
              </li>
            ))}
          </ul>
        ) : null}
        <input
          ref={input}
          className={styles.input}
          role="combobox"
          aria-label={label}
          aria-expanded={isShown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isShown && chosen !== undefined ? `${listId}-${chosen}` : undefined}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? problemId : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={parts.length > 0 ? "" : hint}
          value={draft}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            setActive(undefined);
            if (isWord(draft)) commit(draft);
          }}
        />
        {text !== "" || draft !== "" ? (
          <button
            type="button"
            className={styles.clear}
            onClick={() => {
              change([], "", "chosen");
              input.current?.focus();
            }}
          >
            Clear
          </button>
        ) : (
          <kbd className={styles.hint} title="The key f leads here">
            f
          </kbd>
        )}
      </div>
      <div id={listId} role="listbox" aria-label="Suggestions" className={styles.list} hidden={!isShown}>
        {suggestions.map((suggestion, place) => (
          // The keyboard is with the field: it moves through the options.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          <div
            key={suggestion.id}
            id={`${listId}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === chosen}
            className={styles.option}
            // The field would lose the focus before the click arrives.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(suggestion)}
            ref={place === chosen ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
          >
            <span className={suggestion.term ? styles.value : styles.keyWord}>{suggestion.label}</span>
            <span className={styles.detail}>{suggestion.term ? suggestion.detail : shortened(suggestion.detail)}</span>
          </div>
        ))}
      </div>
      {problem ? (
        <p id={problemId} className={styles.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

/** The first sentence of what a key means. */
function shortened(text: string): string {
  return text === FILTER_KEYS.owner ? "A team or person, and the teams below it; none is without" : text;
}
