import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { test } from "vitest";
import { nastyMarkdown } from "./nasty-markdown.js";
import { exactOutline } from "./section-outline-exact.js";
import { outlineOf } from "./section-outline.js";
import { scanOutline } from "./section-outline-scan.js";
test("stats", () => {
  for (const size of [14, 40, 120]) {
  let n=0, doubts=0, heads=0, lits=0, wrong=0, len=0, swallowed=0;
  const samples = fc.sample(nastyMarkdown(size), {numRuns: size>100?3000:20000, seed: 5});
  for (const t of samples) { n++; len+=t.length; if (scanOutline(t,0).doubt) doubts++; const o=outlineOf(t); heads+=o.headings.length; lits+=o.literals.length; if(o.tail!==undefined) swallowed++; const e=exactOutline(t); if(JSON.stringify([o.headings,o.literals])!==JSON.stringify([e.headings,e.literals])) {wrong++; if(wrong<3)console.log(JSON.stringify(t), JSON.stringify(o), JSON.stringify(e))}
   const full = fromMarkdown(t).children.filter(x=>x.type==="heading"&&x.depth===2&&!t.startsWith("\uFEFF")&&/^##([ \t]|$)/m.test(t.slice(x.position.start.offset).split(/[\r\n]/)[0])).length;
   const h2=o.headings.filter(h=>h.level===2).length; if(full!==h2 && !t.startsWith("\uFEFF")) console.log("FULL DIFF", JSON.stringify(t), full, h2);
  }
  console.log({size,n,doubts,heads,lits,wrong,swallowed,len});
  }
});
