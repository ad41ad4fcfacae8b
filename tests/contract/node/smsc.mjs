// An SMSC by another library: takes as many messages as it is told, says what it read in them, and ends.
import smpp from "smpp";

const [port, count] = process.argv.slice(2).map(Number);
const got = [];

const server = smpp.createServer((session) => {
  session.on("error", () => {});
  session.on("bind_transceiver", (pdu) => session.send(pdu.response({ system_id: "smsc" })));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("submit_sm", (pdu) => {
    got.push({
      from: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
      to: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
      coding: pdu.data_coding,
      receipt: pdu.registered_delivery,
      reference: pdu.user_message_reference,
      head: [...(pdu.short_message.udh ? pdu.short_message.udh[0] ?? pdu.short_message.udh : [])],
      text: pdu.short_message.message,
    });
    session.send(pdu.response({ message_id: `npm-${got.length}` }));
    session.deliver_sm({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
      receipted_message_id: `npm-${got.length}`,
      message_state: smpp.MESSAGE_STATE.DELIVERED,
      short_message: `id:npm-${got.length} stat:DELIVRD`,
    });
    if (got.length === count) {
      server.close(); // it ends when its client has unbound
    }
  });
});
process.on("exit", () => process.stdout.write(JSON.stringify(got)));
server.listen(port, "127.0.0.1");
