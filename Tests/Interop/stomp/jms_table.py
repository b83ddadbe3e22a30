"""Types, properties and headers between the Java JMS client and STOMP, in both directions."""
import json
import subprocess
from urllib.parse import unquote_plus

from rig import Client, test


def jms(context, *words):
    """Runs JmsPeer; the messages it printed, each {fact: text}."""
    done = subprocess.run(["java", "-cp", context.classes, "JmsPeer", f"tcp://127.0.0.1:{context.openwire_port}",
                           *map(str, words)], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    messages = []
    for line in done.stdout.splitlines():
        if line == "message":
            messages.append({})
        else:
            name, _, value = line.partition(" ")
            messages[-1][unquote_plus(name)] = unquote_plus(value)
    return messages


def received(context, name, count):
    client = Client(context.port)
    client.subscribe(name)
    frames = {}
    for _ in range(count):
        frame = client.take(20)
        frames[frame.headers["correlation-id"]] = frame
    client.close()
    return frames


def check_bodies(frames):
    text = frames["text"]
    assert text.body == "grüße 😀 " + "text " * 100, text.body
    for name, value in {"bool": "true", "byte": "-8", "short": "300", "int": "70000", "long": str(1 << 40),
                        "float": "1.5", "double": "2.25", "string": "a:b\\c\nd", "type": "t", "priority": "7",
                        "persistent": "true", "reply-to": "/topic/replies", "JMSXGroupID": "g", "JMSXGroupSeq": "3"}.items():
        assert text.headers.get(name) == value, (name, text.headers)
    assert int(text.headers["expires"]) - int(text.headers["timestamp"]) == 3_600_000, text.headers
    assert not frames["empty"].body and "persistent" not in frames["empty"].headers, frames["empty"]
    assert frames["bytes"].headers["content-length"] == "1000", frames["bytes"].headers
    entries = json.loads(frames["map"].body)["map"]["entry"]
    values = {}
    for entry in entries:
        parts = [(kind, value) for kind, found in entry.items()
                 for value in (found if isinstance(found, list) else [found])]
        values[parts[0][1]] = parts[1]
    assert values == {"name": ("string", "Ann"), "count": ("int", 7), "paid": ("boolean", True),
                      "price": ("double", 1.25), "raw": ("byte-array", "AQID"), "byte": ("byte", -8),
                      "short": ("short", 300), "long": ("long", 1 << 40), "float": ("float", 1.5),
                      "char": ("char", "ß")}, values
    assert json.loads(frames["stream"].body) == [{"int": 7}, {"string": "s"}, {"boolean": False}, {"byte-array": "AQID"},
                                                 {"double": 2.25}, {"char": "ß"}], frames["stream"].body
    assert frames["object"].headers["amq-msg-type"] == "object" and frames["object"].body, frames["object"]
    assert not frames["plain"].body, frames["plain"]


@test
def what_jms_sends_stomp_reads(context):
    jms(context, "send", "jms.to.stomp")
    check_bodies(received(context, "/queue/jms.to.stomp", 7))


MAP = {"boolean": ("true", "Boolean true"), "byte": ("-8", "Byte -8"), "short": ("300", "Short 300"),
       "int": ("7", "Integer 7"), "long": (str(1 << 40), f"Long {1 << 40}"), "float": ("1.5", "Float 1.5"),
       "double": ("2.25", "Double 2.25"), "char": ("ß", "Character ß"), "string": ("a<b&c", "String a<b&c"),
       "byte-array": ("AQID", "byte[] [1, 2, 3]")}


@test
def maps_keep_their_types_both_ways(context):
    """JSON and XML, from STOMP to JMS and back to STOMP."""
    entries = [{"string": ["string", "a<b&c"]}]
    for kind, (text, _) in MAP.items():
        bare = text if kind in ("char", "byte-array") else None if kind == "string" else json.loads(text)
        if bare is not None:
            entries.append({"string": kind, kind: bare})
    as_json = json.dumps({"map": {"entry": entries}})
    as_xml = "<map>" + "".join(
        f"<entry><string>{kind}</string><{kind}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{kind}></entry>"
        for kind, (text, _) in MAP.items()) + "</map>"
    client = Client(context.port)
    client.subscribe("/topic/map.back", id="json")
    client.subscribe("/topic/map.back", id="xml", transformation="jms-map-xml")
    for transformation, body in (("jms-map-json", as_json), ("jms-map-xml", as_xml)):
        client.send("/queue/map.types,/topic/map.back", body, transformation=transformation)
        frames = {frame.headers["subscription"]: frame for frame in (client.take(), client.take())}
        assert frames["json"].headers["transformation"] == "jms-map-json", frames
        assert json.loads(frames["json"].body)["map"]["entry"][-1] in entries, frames["json"].body
        assert frames["xml"].headers["transformation"] == "jms-map-xml", frames
        assert "<string>a&lt;b&amp;c</string>" in frames["xml"].body and "<byte>-8</byte>" in frames["xml"].body, frames
        message = jms(context, "receive", "map.types", 1)[0]
        assert message["type"] == "map", message
        for kind, (_, shown) in MAP.items():
            assert message[f"map.{kind}"] == shown, (transformation, kind, message)
    client.close()


@test
def a_body_that_is_no_map_says_so(context):
    client = Client(context.port)
    client.send("/queue/map.broken", "{", transformation="jms-map-json", correlation_id="x")
    message = jms(context, "receive", "map.broken", 1)[0]
    assert message["type"] == "text" and message["body"] == "{", message
    assert "JSON" in message["property.transformation-error"], message
    client.close()


@test
def compressed_bodies_are_read_too(context):
    jms(context, "send-compressed", "jms.compressed")
    check_bodies(received(context, "/queue/jms.compressed", 7))


@test
def what_stomp_sends_jms_reads(context):
    client, name = Client(context.port), "/queue/stomp.to.jms"
    client.confirmed(name, "grüße 😀\0", persistent="true", priority="7", type="t", expires="9999999999999",
                     correlation_id="text", reply_to="/queue/r", JMSXGroupID="g", JMSXGroupSeq="2", plain="x:y",
                     number="5", amq_msg_type="text", **{"content-length": str(len("grüße 😀\0".encode()))})
    client.connection.send(name, bytes(range(256)), headers={"correlation-id": "bytes", "content-length": 256})
    client.send(name, '{"map":{"entry":[{"string":["name","Ann"]},{"string":"count","int":7}]}}',
                correlation_id="map", transformation="jms-map-json")
    client.send(name, "just text", correlation_id="default")
    client.confirmed("/queue/stomp.done", "")
    messages = {message["JMSCorrelationID"]: message for message in jms(context, "receive", "stomp.to.jms", 4)}
    text = messages["text"]
    expected = {"type": "text", "body": "grüße 😀\0", "JMSPriority": "7", "JMSDeliveryMode": "2", "JMSType": "t",
                "JMSExpiration": "9999999999999", "JMSReplyTo": "queue://r", "JMSRedelivered": "false",
                "property.plain": "String x:y", "property.number": "String 5", "property.JMSXGroupID": "String g",
                "property.JMSXGroupSeq": "Integer 2"}
    for name, value in expected.items():
        assert text.get(name) == value, (name, text)
    assert text["JMSMessageID"].startswith("ID:stomp-"), text
    assert messages["bytes"]["type"] == "bytes", messages["bytes"]
    assert messages["bytes"]["body"] == bytes(range(256)).hex(), messages["bytes"]
    assert messages["bytes"]["JMSDeliveryMode"] == "1", messages["bytes"]
    assert messages["map"]["type"] == "map" and messages["map"]["map.count"] == "Integer 7", messages["map"]
    assert messages["map"]["map.name"] == "String Ann", messages["map"]
    assert messages["default"]["type"] == "text" and messages["default"]["JMSPriority"] == "4", messages["default"]
    client.close()
