import { useEffect, useId, useState } from "react";
import type { LaneBy } from "../../api/generated";
import { shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { type Topic, toggledTopic, topicName } from "../../lib/topic";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import { type CountLane, totalIn } from "./lanes";
import { clamped, lengthOf, PRESETS, presetOf, presetRange, type Range } from "./range";
import styles from "./Toolbar.module.css";
import { SEARCHED_AT_MOST } from "./useTimeline";

interface ToolbarProps {
  range: Range;
  bounds: Range;
  day: string;
  topics: readonly Topic[];
  /** The facets that have changes, and the kinds of events that happened. */
  known: readonly CountLane[];
  by: LaneBy;
  canSplit: boolean;
  text: string;
  canSearch: boolean;
  total: number | undefined;
  /** Changes in the range without regard to the text. */
  within: number;
  isSearching: boolean;
  isSelecting: boolean;
  setSelecting: (isSelecting: boolean) => void;
  setRange: (range: Range) => void;
  setTopics: (topics: Topic[]) => void;
  setBy: (by: LaneBy) => void;
  setText: (text: string) => void;
}

/** Range, facets, lanes and text: everything that stands in the address. */
export function Toolbar(props: ToolbarProps) {
  const { range, bounds, day, topics, known, by, canSplit, text, canSearch, total, within, isSearching, isSelecting } = props;
  const { setSelecting, setRange, setTopics, setBy, setText } = props;
  const preset = presetOf(range, day, bounds);
  return (
    <div className={styles.toolbar}>
      <div className={styles.group} role="group" aria-label="Range">
        <div className={styles.segments}>
          {PRESETS.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              aria-pressed={preset === id}
              onClick={() => setRange(clamped(presetRange(id, day, bounds), bounds))}
            >
              {name}
            </button>
          ))}
        </div>
        <PopoverButton
          label="From and to"
          trigger={
            <Button
              look="plain"
              className={styles.days ?? ""}
              aria-label={`From ${shortDay(range.from)} to ${shortDay(range.to)}. Change the days`}
            >
              {shortDay(range.from)} – {shortDay(range.to)}
              <span className={styles.length}>{counted(lengthOf(range), "day")}</span>
            </Button>
          }
        >
          <Days range={range} bounds={bounds} setRange={setRange} />
        </PopoverButton>
        <button
          type="button"
          className={styles.toggle}
          aria-pressed={isSelecting}
          onClick={() => setSelecting(!isSelecting)}
          title="Drag over the lanes; or drag with Shift at any time"
        >
          Select range
        </button>
      </div>
      <div className={styles.group}>
        {known.length > 1 || topics.length > 0 ? (
          <PopoverButton
            label="Kinds"
            trigger={
              <Button look="plain" className={topics.length > 0 ? (styles.active ?? "") : ""}>
                {topics.length === 0 ? "All kinds" : topics.length > 3 ? `${topics.length} kinds` : topics.map(topicName).join(", ")}{" "}
                <span aria-hidden="true">▾</span>
              </Button>
            }
          >
            <Topics topics={topics} known={known} range={range} setTopics={setTopics} />
          </PopoverButton>
        ) : null}
        {canSplit ? (
          <div className={styles.segments} role="group" aria-label="Lanes by">
            <button type="button" aria-pressed={by === "FACET"} onClick={() => setBy("FACET")}>
              By facet
            </button>
            <button type="button" aria-pressed={by === "ENTITY"} onClick={() => setBy("ENTITY")}>
              By entity
            </button>
          </div>
        ) : null}
      </div>
      <div className={`${styles.group} ${styles.last}`}>
        <TextField text={text} canSearch={canSearch} within={within} setText={setText} />
        <p className={styles.total} role="status">
          {total === undefined ? "Counting…" : isSearching ? "Looking…" : counted(total, "entry", "entries")}
        </p>
      </div>
    </div>
  );
}

function TextField({
  text,
  canSearch,
  within,
  setText,
}: {
  text: string;
  canSearch: boolean;
  within: number;
  setText: (text: string) => void;
}) {
  const [typed, setTyped] = useState(text);
  const [known, setKnown] = useState(text);
  const hint = useId();
  if (known !== text) {
    setKnown(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => setText(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, text, setText]);
  return (
    <>
      <input
        type="search"
        className={styles.text}
        aria-label="Text in changes and events"
        aria-describedby={canSearch ? undefined : hint}
        placeholder={canSearch ? "Find in these entries" : `Find in up to ${count(SEARCHED_AT_MOST)} entries`}
        title={canSearch ? undefined : tooMany(within)}
        disabled={!canSearch && text === ""}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {canSearch ? null : (
        <span id={hint} className={text === "" ? "hidden-visually" : styles.tooMany}>
          {tooMany(within)}
        </span>
      )}
    </>
  );
}

function tooMany(within: number): string {
  return `A text is looked for in at most ${count(SEARCHED_AT_MOST)} entries; here are ${count(within)}. Choose fewer days or kinds.`;
}

function Days({ range, bounds, setRange }: { range: Range; bounds: Range; setRange: (range: Range) => void }) {
  return (
    <div className={styles.fields}>
      <label>
        From
        <input
          type="date"
          value={range.from}
          min={bounds.from}
          max={range.to}
          onChange={({ target: { value } }) => value !== "" && value <= range.to && setRange({ ...range, from: value })}
        />
      </label>
      <label>
        To
        <input
          type="date"
          value={range.to}
          min={range.from}
          max={bounds.to}
          onChange={({ target: { value } }) => value !== "" && value >= range.from && setRange({ ...range, to: value })}
        />
      </label>
      <p className="quiet">
        Known are the days from {shortDay(bounds.from)} to {shortDay(bounds.to)}.
      </p>
    </div>
  );
}

function Topics({
  topics,
  known,
  range,
  setTopics,
}: {
  topics: readonly Topic[];
  known: readonly CountLane[];
  range: Range;
  setTopics: (topics: Topic[]) => void;
}) {
  return (
    <div className={styles.facets}>
      {known.map((lane) => {
        const topic = lane.id as Topic;
        return (
          <label key={lane.id}>
            <input type="checkbox" checked={topics.includes(topic)} onChange={() => setTopics(toggledTopic(topics, topic))} />
            <span className={styles.swatch} style={{ background: `var(${lane.colour})` }} />
            {lane.name}
            <span className={styles.facetCount}>{count(totalIn(lane, range))}</span>
          </label>
        );
      })}
      <Button look="plain" onPress={() => setTopics([])} isDisabled={topics.length === 0}>
        All kinds
      </Button>
    </div>
  );
}
