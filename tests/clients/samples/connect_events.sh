# StatusCallback sample of "Connect two numbers", curl -d.
curl -XPOST https://<your_api_key>:<your_api_token><subdomain>/v1/Accounts/<your_sid>/Calls/connect \
  -d "From=+91941374XXXX" \
  -d "To=+91886799XXXX" \
  -d "CallerId=0113083XXXX" \
  -d "StatusCallback=http://your-application.com/exotel-callback" \
  -d "StatusCallbackEvents[0]=terminal" \
  -d "StatusCallbackContentType=application/json"
