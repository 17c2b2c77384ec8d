import { writeSync } from "node:fs"; import { format } from "node:util"; const console = { log: (...a: unknown[]) => writeSync(2, format(...a) + "\n") };
import { test } from "vitest";
import { decodeTicket, encodeTicket } from "./codec.js";
import { newBody, appendEvent, readEvents } from "./body.js";
const t = {id:"tk-1a2b",type:"feature",priority:1,state:"in-progress",assignedAgentId:"worker-0",assignedAt:"2026-01-02T03:04:05Z",leaseEpoch:0,dependsOn:["tk-3c4d"],blocks:[],labels:[],riskFlags:[],references:[],createdAt:"2026-01-02T03:00:00Z",createdBy:"supervisor",title:"Title",preamble:"\n",body:newBody({description:"text",acceptanceCriteria:["one"]}),fields:{}};
test("x", () => {
 const s=encodeTicket(t); console.log(s);
 const t2={...decodeTicket(s), state:"review", leaseEpoch:3, assignedAgentId:undefined, assignedAt: undefined, dependsOn:["tk-0000","tk-3c4d","tk-9"], labels:["a b","c: d"], parent:"123", actionRequired:{reason:"no: # x", by:"me"}, fields:{reviewer:"yes",n:[1,"1",null], o:{a:[1]}, " k":"v"}, title:"2024-01-01", body: appendEvent(t.body,{id:"01",kind:"feedback",source:"Review",at:"2026-01-02T03:04:05Z",text:"- a\n## x\n"})};
 const s2=encodeTicket(t2,s); console.log(s2);
 console.log(encodeTicket({...decodeTicket(s2), labels:[], parent: undefined, actionRequired: undefined, fields:{n:[1,null], o:"x"}}, s2.replace("labels:","labels: # c").replace("parent: \"123\"","parent: \"123\" # p")));
 const big="lorem ipsum dolor sit amet\n\n- item\n  ```sh\n  npm test\n  ```\n".repeat(170000); 
 for (const b of [big, "x".repeat(10e6), "- [ ] a\n".repeat(1.2e6), "<div>\n\n".repeat(1.4e6), "## H\n\ntext\n\n".repeat(8e5), "- a\n  <!-- x\n\n".repeat(7e5), "> a\n".repeat(2.5e6), "\n".repeat(10e6),"1. a\n   ```\n   b\n\nfoo\n\n".repeat(4e5)]) {
  const start=performance.now();
  const s3=encodeTicket({...t, body:"\n## Description\n\n"+b+"\n\n## Comments\n"});
  const a=performance.now();
  const d=decodeTicket(s3); const c=performance.now();
  const nb=appendEvent(d.body,{id:"01",kind:"feedback",source:"Review",at:"2026-01-02T03:04:05Z",text:"- a\n## x\n"}); const e=performance.now();
  const s4=encodeTicket({...d, body: nb}, s3); const f=performance.now(); const n=readEvents(nb).length;
  console.log(JSON.stringify(b.slice(0,20)), b.length, "enc",a-start,"dec",c-a,"append",e-c,"enc",f-e,"events",n, performance.now()-f);
 }
 const st=performance.now(); for(let i=0;i<2000;i++) decodeTicket(s); console.log("scan us",(performance.now()-st)/2); const sc=s.replace("priority: 1","priority: 1 # c"); const st2=performance.now(); for(let i=0;i<2000;i++) decodeTicket(sc); console.log("yaml us",(performance.now()-st2)/2);
 const st3=performance.now(); for(let i=0;i<500;i++) readEvents(nbx); console.log("events us",(performance.now()-st3)/.5);
}, 200000);
const nbx=appendEvent(t.body,{id:"01",kind:"feedback",source:"Review",at:"2026-01-02T03:04:05Z",text:"- a\n## x\n"});
