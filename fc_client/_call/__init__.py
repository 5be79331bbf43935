"""What happens around each call.

- ``engine``, ``async_engine``: the methods that operations are written with
- ``base``: options, signing, the log, what errors must not show
- ``clock``: the clock that dates attempts
- ``result_types``: whether results have the types of their classes
- ``retries``: whether a failed attempt is retried, and when
- ``responses``: responses become errors or results
- ``payload``, ``progress``, ``downloads``: bodies of requests and responses
- ``fan_out``, ``async_fan_out``: many calls at once
"""
