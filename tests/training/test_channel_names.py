import pytest

from nanosmith.tools.specs.channel_triples import channel_triples


@pytest.mark.parametrize(
    "names",
    [
        ("acc_x", "acc_y", "acc_z"),
        ("x_acc", "y_acc", "z_acc"),
        ("accX", "accY", "accZ"),
        ("ax", "ay", "az"),
        ("x", "y", "z"),
        ("X", "Y", "Z"),
        ("Accel X (m/s2)", "Accel Y (m/s2)", "Accel Z (m/s2)"),
        ("body_gyro_x", "body_gyro_y", "body_gyro_z"),
        ("imu1.acc.x", "imu1.acc.y", "imu1.acc.z"),
    ],
)
def test_a_triple_is_found_by_its_names(names: tuple[str, ...]) -> None:
    assert channel_triples(names) == ((0, 1, 2),)


def test_sensors_are_told_apart_and_order_does_not_matter() -> None:
    names = ("gyro_z", "acc_y", "temperature", "acc_x", "gyro_x", "acc_z", "gyro_y")
    assert channel_triples(names) == ((4, 6, 0), (3, 1, 5))


@pytest.mark.parametrize(
    "names", [("acc_x", "acc_y"), ("power", "voltage"), ("mV",), ("", " "), ("box", "buy", "jazz")]
)
def test_what_is_no_triple_is_not_turned(names: tuple[str, ...]) -> None:
    assert channel_triples(names) == ()
