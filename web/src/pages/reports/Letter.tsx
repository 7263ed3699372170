import { type RefObject, useCallback, useEffect, useState } from "react";
import styles from "./Reports.module.css";

/** What the page of a report may do: nothing by itself. Links open where a reader expects it, and it can be printed. */
const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation allow-modals";
/** As long as nobody knows how long it is. */
const FIRST_HEIGHT = 1200;

/** A report as its readers see it, in a frame in which nothing runs, as long as it is. */
export function Letter({ html, title, frame }: { html: string; title: string; frame: RefObject<HTMLIFrameElement | null> }) {
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const measure = useCallback(() => {
    const body = frame.current?.contentDocument?.body;
    if (body?.firstElementChild) setHeight(Math.ceil(body.firstElementChild.getBoundingClientRect().height));
  }, [frame]);
  useEffect(() => {
    if (!frame.current) return;
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, [frame, measure]);
  return (
    <iframe
      ref={frame}
      className={styles.letter}
      title={title}
      sandbox={SANDBOX}
      srcDoc={html}
      style={{ height }}
      onLoad={() => {
        for (const link of frame.current?.contentDocument?.links ?? []) {
          const isOurs = link.origin === window.location.origin;
          link.target = isOurs ? "_top" : "_blank";
          link.rel = "noreferrer";
        }
        measure();
      }}
    />
  );
}
