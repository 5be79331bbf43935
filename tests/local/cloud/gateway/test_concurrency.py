"""Changes and calls of the same group at the same time."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from local.cloud_support import CloudApi
from local.gateway_support import Gateway, assert_refused, definition
from local.support import echo, outcome

OK = b'{"statusCode": 200, "body": "fine"}'


def in_parallel(fc, number, act):
    """Run *act* with as many clients at once; return the replies."""
    barrier = threading.Barrier(number)

    def run(each):
        cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
        with cloud.session:
            barrier.wait()
            return act(Gateway(cloud), each)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_several_that_create_an_api_one_does(fc, group):
    replies = in_parallel(
        fc, 8, lambda gateway, _: gateway.call("CreateApi", GroupId=group.id, **definition())
    )

    codes = sorted(reply.json().get("Code", "") for reply in replies)
    assert codes == ["", *["DuplicateApiName"] * 7]


def test_what_is_deployed_is_one_of_the_definitions(fc, group):
    """And not the path of one with the timeout of another."""
    api_id = group.deploy()

    def commit(gateway, number):
        given = definition(path=f"/of/{number}", timeout=20_000 + number)
        ids = {"GroupId": group.id, "ApiId": api_id}
        for _ in range(5):
            gateway.done("ModifyApi", **ids, **given)
            gateway.done("DeployApi", **ids, StageName="RELEASE", Description="d")

    in_parallel(fc, 8, commit)

    deployed = group.done("DescribeDeployedApi", api_id, StageName="RELEASE")
    number = int(deployed["RequestConfig"]["RequestPath"].rpartition("/")[2])
    assert deployed["ServiceConfig"]["ServiceTimeout"] == 20_000 + number
    assert group.get(f"/of/{number}").status_code == 200


def test_a_group_that_is_deleted_while_it_is_called(fc, group, pools):
    begun, deleted = threading.Event(), threading.Event()

    async def slow(_spec, _event):
        begun.set()
        await asyncio.get_running_loop().run_in_executor(None, deleted.wait, 60)
        return outcome(OK)

    pools.behaviour = slow
    api_id = group.deploy(timeout=30_000)

    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(group.get, "/hello")
        assert begun.wait(30)
        other = Gateway(CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret))
        with other.cloud.session:
            ids = {"GroupId": group.id, "ApiId": api_id}
            other.done("AbolishApi", **ids, StageName="RELEASE")
            other.done("DeleteApi", **ids)
            other.done("DeleteApiGroup", GroupId=group.id)
        deleted.set()
        assert call.result(30).text == "fine"

    assert_refused(group.get("/hello"), 404, "I404DO")
    pools.behaviour = echo
