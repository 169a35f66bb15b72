"""What libraries of graphs make of attributes, parallel edges and statements."""

import io
import json
import pathlib
import tempfile

HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def row_indra_influence_without_delta():
    from indra.statements import stmts_from_json

    kinds = {
        "absent": {},
        "null": {"delta": None},
        "known": {"delta": {"type": "qualitative", "polarity": None}},
    }
    read = {}
    for kind, more in kinds.items():
        event = {"type": "Event", "id": "0", "concept": {"name": "IL6", "db_refs": {}}, **more}
        read[kind] = len(stmts_from_json([{"type": "Influence", "id": "1", "subj": event, "obj": event}]))
    assert read == {"absent": 0, "null": 0, "known": 1}
    return f"statements read by delta: {read}"


def row_ndex_first_value_decides():
    from ndex2.cx2 import CX2Network, RawCX2NetworkFactory

    network = CX2Network()
    for number, weight in enumerate([1, 1.5, 0.25]):
        network.add_node(number, attributes={"name": f"n{number}", "weight": weight})
    read = RawCX2NetworkFactory().get_cx2network(json.loads(json.dumps(network.to_cx2())))
    seen = [node["v"]["weight"] for node in read.get_nodes().values()]
    assert seen == [1, 1, 0]
    return f"1, 1.5, 0.25: {seen}"


def row_ndex_parallel_edges():
    import contextlib

    import ndex2
    import networkx

    graph = networkx.MultiDiGraph()
    graph.add_edge("IL6", "STAT3", sign=1)
    graph.add_edge("IL6", "STAT3", sign=-1)
    with contextlib.redirect_stdout(io.StringIO()):
        network = ndex2.create_nice_cx_from_networkx(graph)
        back = network.to_networkx()
    seen = [len(list(network.get_edges())), back.number_of_edges()]
    assert seen == [2, 1]
    return f"edges in CX and back in networkx: {seen}"


def row_networkx_default_of_a_key():
    import networkx

    key = '<key id="d" for="node" attr.name="x" attr.type="int"><default>7</default></key>'
    body = '<graph edgedefault="directed"><node id="a"/><node id="b"><data key="d">3</data></node></graph>'
    read = networkx.read_graphml(io.BytesIO(f"{HEAD}{key}{body}</graphml>".encode()))
    assert dict(read.nodes(data=True)) == {"a": {}, "b": {"x": 3}}
    return f"{dict(read.nodes(data=True))}"


def row_networkx_keys_of_edges():
    import networkx

    graph = networkx.MultiDiGraph()
    graph.add_edge("IL6", "STAT3", key="C001")
    path = pathlib.Path(tempfile.mkdtemp(), "g.graphml")
    networkx.write_graphml(graph, path)
    read = networkx.read_graphml(path)
    assert type(read).__name__ == "DiGraph"
    assert list(read.edges(data=True)) == [("IL6", "STAT3", {"id": "C001"})]
    return f"{type(read).__name__}, {list(read.edges(data=True))}"


def row_networkx_nothing_as_a_value():
    import networkx

    graph = networkx.DiGraph()
    graph.add_node("IL6", uniprot=None)
    try:
        networkx.write_graphml(graph, io.BytesIO())
        said = ""
    except TypeError as error:
        said = str(error)
    assert "NoneType" in said
    return said
