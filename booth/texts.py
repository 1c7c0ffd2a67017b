"""Sentences for people that more than one door says."""

ALREADY = {
    False: "동기화가 이미 실행 중입니다.",
    True: "동기화가 이미 중지되어 있습니다.",
}
"""What is said, by ``suspended``, where a switch finds everything as wanted."""
DONE = {False: "예약 실행을 켰습니다", True: "예약 실행을 껐습니다"}
"""What is logged, by ``suspended``, of each CronJob that a switch changed."""
