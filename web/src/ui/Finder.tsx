import { type KeyboardEvent, useId, useState } from "react";
import styles from "./Finder.module.css";

/** Something that can be found and chosen. */
export interface Choice {
  /** Unique among the choices. */
  id: string;
  title: string;
  detail: string;
  /** What it is, at the end of the line. */
  badge?: string;
  run: () => void;
}

interface FinderProps {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  choices: Choice[];
  /** What to say below: searching, nothing found, what went wrong. */
  message: string;
  /** Fills a dialog of its own, in place of a small panel. */
  isLarge?: boolean;
}

/** A field in which one types, with what fits below it: by mouse, or by the arrow keys and Enter. It looks nothing up by itself. */
export function Finder({ label, placeholder, text, onText, choices, message, isLarge = false }: FinderProps) {
  const [active, setActive] = useState(0);
  const listId = useId();
  const chosen = Math.min(active, choices.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive((chosen + 1) % Math.max(1, choices.length));
    else if (event.key === "ArrowUp") setActive((chosen - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") choices[chosen]?.run();
    else return;
    event.preventDefault();
  };
  return (
    <div className={isLarge ? styles.large : styles.small}>
      <input
        // The reader opened this to type.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        className={styles.input}
        role="combobox"
        aria-label={label}
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices[chosen] ? `${listId}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          onText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Results" className={styles.list} hidden={choices.length === 0}>
        {choices.map((choice, place) => (
          // The keyboard is with the field: it moves through the options.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          <div
            key={choice.id}
            id={`${listId}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === chosen}
            className={styles.option}
            onClick={choice.run}
            onPointerMove={() => setActive(place)}
            ref={place === chosen ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
          >
            <span className={styles.title}>{choice.title}</span>
            <span className={styles.detail}>{choice.detail}</span>
            {choice.badge ? <span className={styles.badge}>{choice.badge}</span> : null}
          </div>
        ))}
      </div>
      <p className={styles.message} role="status">
        {message}
      </p>
    </div>
  );
}
